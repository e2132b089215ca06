using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;
using Microsoft.Extensions.DependencyInjection;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>What a class of handlers is looked at for.</summary>
internal static class HandlerClassMembers
{
    internal const DynamicallyAccessedMemberTypes All =
        DynamicallyAccessedMemberTypes.PublicConstructors
        | DynamicallyAccessedMemberTypes.PublicMethods
        | DynamicallyAccessedMemberTypes.NonPublicMethods;
}

/// <summary>A class of handlers: makes an instance, in a scope of services, for whatever is to be handled.</summary>
[RequiresUnreferencedCode("Parameters and results are looked at by reflection.")]
[RequiresDynamicCode("Parameters and results are looked at by reflection.")]
internal sealed class HandlerClass<[DynamicallyAccessedMembers(HandlerClassMembers.All)] THandlers>(SocketIOServer server)
    where THandlers : SocketIOHandlers
{
    private readonly ObjectFactory<THandlers> _create = ActivatorUtilities.CreateFactory<THandlers>([]);

    /// <summary>Adds all handlers of the class.</summary>
    internal void AddTo(SocketIONamespace space)
    {
        var events = Events().Select(item => (item.Name, Handling: HandlingOf(item.Method))).ToList();
        bool connecting = Overrides(nameof(SocketIOHandlers.OnConnectingAsync));
        bool connected = Overrides(nameof(SocketIOHandlers.OnConnectedAsync));
        bool disconnected = Overrides(nameof(SocketIOHandlers.OnDisconnectedAsync));
        if (events.Count == 0 && !connecting && !connected && !disconnected)
            throw new ArgumentException($"{typeof(THandlers)} handles nothing: mark methods with [OnEvent(\"name\")].");
        foreach ((string name, EventHandling handling) in events)
            space.Handlers.Add(name, handling);
        if (connecting)
            space.OnConnecting(socket => RunAsync(socket, static handlers => handlers.OnConnectingAsync()));
        if (connected)
            space.OnConnected(socket => RunAsync(socket, static handlers => handlers.OnConnectedAsync()));
        if (disconnected)
            space.OnDisconnected((socket, disconnect) => RunAsync(socket, handlers => handlers.OnDisconnectedAsync(disconnect)));
    }

    private static IEnumerable<(string Name, MethodInfo Method)> Events()
    {
        const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance;
        foreach (MethodInfo method in typeof(THandlers).GetMethods(All))
        {
            foreach (OnEventAttribute attribute in method.GetCustomAttributes<OnEventAttribute>())
            {
                if (!method.IsPublic || method.IsStatic || method.IsGenericMethodDefinition)
                    throw new ArgumentException($"{typeof(THandlers)}.{method.Name} handles an event, and so is public, not static, not generic.");
                yield return (attribute.Name, method);
            }
        }
    }

    private static bool Overrides(string name) => typeof(THandlers).GetMethod(name)!.DeclaringType != typeof(SocketIOHandlers);

    private EventHandling HandlingOf(MethodInfo info)
    {
        var method = new HandlerMethod(server, info);
        var invoker = MethodInvoker.Create(info);
        return e => RunAsync(
            e.Socket,
            (handlers, services) => method.AnswerOf(invoker.Invoke(handlers, method.ArgumentsFor(e, services).AsSpan())));
    }

    private async Task RunAsync(SocketIOSocket socket, Func<THandlers, Task> run) => await RunAsync(
        socket,
        async (handlers, _) =>
        {
            await run(handlers).ConfigureAwait(false);
            return null;
        }).ConfigureAwait(false);

    private async ValueTask<object?[]?> RunAsync(SocketIOSocket socket, Func<THandlers, IServiceProvider, ValueTask<object?[]?>> run)
    {
        AsyncServiceScope scope = server.Services.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
        {
            THandlers handlers = _create(scope.ServiceProvider, null);
            try
            {
                handlers.Socket = socket;
                return await run(handlers, scope.ServiceProvider).ConfigureAwait(false);
            }
            finally
            {
                if (handlers is IAsyncDisposable asynchronous)
                    await asynchronous.DisposeAsync().ConfigureAwait(false);
                else
                    (handlers as IDisposable)?.Dispose();
            }
        }
    }
}
