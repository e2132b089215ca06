using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Tasks;
using Microsoft.Extensions.DependencyInjection;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>
/// The scope of services of one handler. What its disposal throws is logged, and does not change the outcome of the handler.
/// </summary>
internal static class HandlerScope
{
    /// <param name="socket">The client of the handler.</param>
    /// <param name="run">Gets the services.</param>
    internal static async ValueTask<T> RunAsync<T>(SocketIOSocket socket, Func<IServiceProvider, ValueTask<T>> run)
    {
        AsyncServiceScope scope = socket.Server.Services.CreateAsyncScope();
        try
        {
            return await run(scope.ServiceProvider).ConfigureAwait(false);
        }
        finally
        {
            await DisposeAsync(socket, scope).ConfigureAwait(false);
        }
    }

    /// <summary>Disposes of the instance, if it is disposable.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "It is logged. The handler has ended, with or without success.")]
    internal static async ValueTask DisposeAsync(SocketIOSocket socket, object instance)
    {
        try
        {
            if (instance is IAsyncDisposable asynchronous)
                await asynchronous.DisposeAsync().ConfigureAwait(false);
            else
                (instance as IDisposable)?.Dispose();
        }
        catch (Exception e)
        {
            Log.EventFailed(socket.Server.Logger, socket.Namespace.HandlersName, "disposing", e);
        }
    }
}
