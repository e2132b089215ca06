using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;
using Microsoft.Extensions.DependencyInjection;
using WsProto.EngineIO;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>The members of a handler class that are used by reflection.</summary>
internal static class HandlerClassMembers
{
    internal const DynamicallyAccessedMemberTypes All =
        DynamicallyAccessedMemberTypes.PublicConstructors
        | DynamicallyAccessedMemberTypes.PublicMethods
        | DynamicallyAccessedMemberTypes.NonPublicMethods;
}

/// <summary>A handler class. It creates an instance, in a scope of services, for each call of a handler.</summary>
[RequiresUnreferencedCode("Parameters and results are bound by reflection.")]
[RequiresDynamicCode("Parameters and results are bound by reflection.")]
internal sealed class HandlerClass<[DynamicallyAccessedMembers(HandlerClassMembers.All)] THandlers>(SocketIOServer server)
    where THandlers : SocketIOHandlers
{
    private readonly ObjectFactory<THandlers> _create = Factory();

    /// <summary>Adds all handlers of the class, or none if one of them is invalid.</summary>
    internal void AddTo(SocketIONamespace space)
    {
        var events = Events().Select(item => (Name: item.Key, Handling: HandlingOf(item.Value))).ToList();
        bool connecting = Overrides(nameof(SocketIOHandlers.OnConnectingAsync));
        bool connected = Overrides(nameof(SocketIOHandlers.OnConnectedAsync));
        bool disconnected = Overrides(nameof(SocketIOHandlers.OnDisconnectedAsync), typeof(SocketIODisconnect));
        if (events.Count == 0 && !connecting && !connected && !disconnected)
            throw new ArgumentException($"{typeof(THandlers)} has no handlers: mark methods with [OnEvent(\"name\")].");
        foreach ((string name, _) in events)
            space.Handlers.ThrowIfTaken(name);
        foreach ((string name, EventHandling handling) in events)
            space.Handlers.Add(name, handling);
        if (connecting)
            space.OnConnecting(socket => RunAsync(socket, static handlers => handlers.OnConnectingAsync()));
        if (connected)
            space.OnConnected(socket => RunAsync(socket, static handlers => handlers.OnConnectedAsync()));
        if (disconnected)
            space.OnDisconnected((socket, disconnect) => RunAsync(socket, handlers => handlers.OnDisconnectedAsync(disconnect)));
    }

    private static ObjectFactory<THandlers> Factory()
    {
        if (typeof(THandlers).IsAbstract)
            throw new ArgumentException($"{typeof(THandlers)} is abstract, so no instance can be created.");
        try
        {
            return ActivatorUtilities.CreateFactory<THandlers>([]);
        }
        catch (InvalidOperationException e)
        {
            throw new ArgumentException(
                $"{typeof(THandlers)} must have one constructor whose parameters can be resolved from services.", e);
        }
    }

    /// <summary>
    /// Gets the methods by the events that they handle. A method of a class takes precedence over those of its base classes.
    /// </summary>
    private static Dictionary<string, MethodInfo> Events()
    {
        const BindingFlags Declared =
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        var events = new Dictionary<string, MethodInfo>(StringComparer.Ordinal);
        for (Type? type = typeof(THandlers); type is not null && type != typeof(SocketIOHandlers); type = type.BaseType)
        {
            var own = new HashSet<string>(StringComparer.Ordinal);
            foreach (MethodInfo method in type.GetMethods(Declared))
            {
                foreach (OnEventAttribute attribute in method.GetCustomAttributes<OnEventAttribute>(inherit: false))
                {
                    if (!method.IsPublic || method.IsStatic || method.IsGenericMethodDefinition)
                        throw new ArgumentException($"{type}.{method.Name} must be public, not static and not generic to handle events.");
                    if (!own.Add(attribute.Name))
                        throw new ArgumentException($"{type} handles the event \"{attribute.Name}\" twice.");
                    // Invoked on an instance, a method of a base class calls its override.
                    events.TryAdd(attribute.Name, method);
                }
            }
        }

        return events;
    }

    private static bool Overrides(string name, params Type[] parameters)
    {
        MethodInfo method = typeof(THandlers).GetMethod(name, parameters)!;
        return method.GetBaseDefinition().DeclaringType == typeof(SocketIOHandlers)
            ? method.DeclaringType != typeof(SocketIOHandlers)
            : throw new ArgumentException($"{method.DeclaringType}.{name} hides the method that it should override.");
    }

    private EventHandling HandlingOf(MethodInfo info)
    {
        var method = new HandlerMethod(server, info);
        var invoker = MethodInvoker.Create(info);
        return e => RunAsync(
            e.Socket,
            (handlers, services) => method.AnswerAsync(e, invoker.Invoke(handlers, method.ArgumentsFor(e, services).AsSpan())));
    }

    private async Task RunAsync(SocketIOSocket socket, Func<THandlers, Task> run) => await RunAsync(
        socket,
        async (handlers, _) =>
        {
            await run(handlers).ConfigureAwait(false);
            return null;
        }).ConfigureAwait(false);

    private ValueTask<IReadOnlyList<Packet>?> RunAsync(
        SocketIOSocket socket, Func<THandlers, IServiceProvider, ValueTask<IReadOnlyList<Packet>?>> run) => HandlerScope.RunAsync(
        socket,
        async services =>
        {
            THandlers handlers = _create(services, null);
            try
            {
                handlers.Socket = socket;
                return await run(handlers, services).ConfigureAwait(false);
            }
            finally
            {
                await HandlerScope.DisposeAsync(socket, handlers).ConfigureAwait(false);
            }
        });
}
