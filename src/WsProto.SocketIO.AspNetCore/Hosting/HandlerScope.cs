using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Tasks;
using Microsoft.Extensions.DependencyInjection;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>Services for one handler, for as long as it runs. What its end throws is logged, and changes nothing of what the handler did.</summary>
internal static class HandlerScope
{
    /// <param name="socket">The client that it is about.</param>
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

    /// <summary>Disposes of what can be disposed of.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "It is logged: the handler has ended, well or not.")]
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
