using System;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.DependencyInjection;
using WsProto.Adapters;

namespace WsProto.AspNetCore;

/// <summary>Scoped services for single messages.</summary>
public static class WsScopeExtensions
{
    /// <summary>
    /// Handles one message after the other, each in a scope of its own, until the session ends: the services of a request live as long as
    /// the session, which is too long for a database context. Each message is a span <c>websocket message</c> of the activity source
    /// <c>WsProto.AspNetCore</c>, in a trace of its own with a link to the span of the session.
    /// </summary>
    /// <param name="session">The session.</param>
    /// <param name="scopes">Where scopes come from, as a parameter of the handler.</param>
    /// <param name="handler">Gets a message and the services of its scope, which end when it has completed.</param>
    /// <param name="cancellationToken">Stops receiving.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task ForEachInScopeAsync(
        this WsSession session, IServiceScopeFactory scopes, Func<Message, IServiceProvider, Task> handler, CancellationToken cancellationToken = default)
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
                Spans.End(span, e);
                throw;
            }

            Spans.End(span, failure: null);
            Activity.Current = outer;
        }
    }
}
