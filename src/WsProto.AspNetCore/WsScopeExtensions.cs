using System;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.DependencyInjection;
using WsProto.Adapters;

namespace WsProto.AspNetCore;

/// <summary>Handles each message with its own scope of services.</summary>
public static class WsScopeExtensions
{
    /// <summary>Handles messages one after the other, each in its own scope, until the session ends.</summary>
    /// <param name="session">The session.</param>
    /// <param name="scopes">Creates the scopes. Take it as a parameter of the handler.</param>
    /// <param name="handler">
    /// Gets a message and the services of its scope. The scope is disposed of when the returned task completes.
    /// </param>
    /// <param name="cancellationToken">Stops receiving.</param>
    /// <returns>A task that completes when the session has ended and the last message is handled.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    /// <remarks>
    /// The scoped services of a request live as long as the session, which is too long for a database context. Each message is a span
    /// <c>websocket message</c> of the activity source <c>WsProto.AspNetCore</c>, in its own trace with a link to the span of the session.
    /// </remarks>
    public static async Task ForEachInScopeAsync(
        this WsSession session,
        IServiceScopeFactory scopes,
        Func<Message, IServiceProvider, Task> handler,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(scopes);
        ArgumentNullException.ThrowIfNull(handler);
        Activity? outer = Activity.Current;
        await foreach (Message message in session.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            Activity? span = Spans.StartMessage(session);
            try
            {
                AsyncServiceScope scope = scopes.CreateAsyncScope();
                await using (scope.ConfigureAwait(false))
                    await handler(message, scope.ServiceProvider).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // The end of the session or of the host is no failure of the message, as it is none of the session.
                bool isEnd = e is WsClosedException || (e is OperationCanceledException && cancellationToken.IsCancellationRequested);
                Spans.End(span, isEnd ? null : e);
                throw;
            }

            Spans.End(span, failure: null);
            Activity.Current = outer;
        }
    }
}
