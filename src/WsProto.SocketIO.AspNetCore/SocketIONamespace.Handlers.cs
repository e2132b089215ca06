// The handlers of a namespace. The overloads with types that are known at compile time use no reflection. The ones with a delegate do.

using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Tasks;
using WsProto.SocketIO.AspNetCore.Hosting;

namespace WsProto.SocketIO.AspNetCore;

public sealed partial class SocketIONamespace
{
    /// <summary>Adds a handler that decides about a client that wants to connect.</summary>
    /// <param name="judge">The handler. Several run in the order in which they were added.</param>
    /// <returns>The same namespace.</returns>
    /// <remarks>
    /// Throw <see cref="SocketIORefusedException"/> to refuse the client. Any other exception refuses it too, and is logged. Events that
    /// are emitted to the client meanwhile are sent once it is connected.
    /// </remarks>
    public SocketIONamespace OnConnecting(Func<SocketIOSocket, Task> judge) => Change(() => Handlers.Connecting.Add(NotNull(judge)));

    /// <summary>Adds a handler for a client that has connected. Events of the client wait until the handler has completed.</summary>
    /// <param name="greet">The handler. Several run in the order in which they were added.</param>
    /// <returns>The same namespace.</returns>
    public SocketIONamespace OnConnected(Func<SocketIOSocket, Task> greet) => Change(() => Handlers.Connected.Add(NotNull(greet)));

    /// <summary>Adds a handler for a client that was disconnected. The client is in its rooms until the handlers have completed.</summary>
    /// <param name="part">The handler. Several run in the order in which they were added.</param>
    /// <returns>The same namespace.</returns>
    public SocketIONamespace OnDisconnected(Func<SocketIOSocket, SocketIODisconnect, Task> part) =>
        Change(() => Handlers.Disconnected.Add(NotNull(part)));

    /// <summary>
    /// Adds middleware, which runs around the handlers of all events. If it does not call the next function, the handler does not run.
    /// </summary>
    /// <param name="middleware">Gets the event and the next function.</param>
    /// <returns>The same namespace.</returns>
    public SocketIONamespace Use(Func<SocketIOEvent, Func<Task>, Task> middleware) => Change(() => Handlers.Use(NotNull(middleware)));

    /// <summary>
    /// Sets the handler of exceptions that handlers of events throw, including <see cref="SocketIOBindingException"/>. The client stays
    /// connected.
    /// </summary>
    /// <param name="handler">Returns the acknowledgement; null for none.</param>
    /// <returns>The same namespace.</returns>
    /// <remarks>
    /// Without it, exceptions are logged as errors. Arguments that do not fit, which any client can send, are logged as a warning once a
    /// minute, with their number. Other exceptions that a client can cause are logged at the level of debug.
    /// </remarks>
    public SocketIONamespace OnError(Func<SocketIOEvent, Exception, ValueTask<object?>> handler) =>
        Change(() => Handlers.Error = NotNull(handler));

    /// <summary>Sets the handler of events that have no handler of their own.</summary>
    /// <param name="handler">Returns the acknowledgement; null for none.</param>
    /// <returns>The same namespace.</returns>
    public SocketIONamespace OnOther(Func<SocketIOEvent, ValueTask<object?>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Change(() => Handlers.Other = async e =>
            await handler(e).ConfigureAwait(false) is { } value ? e.Answer(value) : null);
    }

    /// <summary>
    /// Enables connection state recovery: a client that was lost reconnects with its id, rooms and data, and receives the events that it
    /// missed.
    /// </summary>
    /// <param name="options">The limits; null for the defaults.</param>
    /// <returns>The same namespace.</returns>
    /// <remarks>Events that expect no acknowledgement get an additional last argument, the offset. npm's client removes it.</remarks>
    /// <exception cref="InvalidOperationException">
    /// The namespace is made from a pattern. It is removed with its last client, so nothing could be kept.
    /// </exception>
    public SocketIONamespace EnableRecovery(SocketIORecoveryOptions? options = null)
    {
        if (!Name.StartsWith('/'))
            throw new InvalidOperationException("A namespace of a pattern cannot recover clients: it is removed with its last one.");
        return Change(() => Recovery = new NamespaceRecovery(this, options));
    }

    /// <summary>
    /// Adds a handler of an event without arguments. If the client expects an acknowledgement, an empty one is sent when the handler has
    /// completed.
    /// </summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="handler">The handler.</param>
    /// <returns>The same namespace.</returns>
    /// <exception cref="ArgumentException">
    /// The event has a handler already, its name is reserved, or the result is a tuple: see <see cref="SocketIOAck"/>.
    /// </exception>
    public SocketIONamespace On(string name, Func<SocketIOSocket, Task> handler) =>
        On(name, NotNull(handler), static (handler, e) => handler(e.Socket));

    /// <summary>
    /// Adds a handler of an event. If the client expects an acknowledgement, an empty one is sent when the handler has completed.
    /// </summary>
    /// <inheritdoc cref="On(string, Func{SocketIOSocket, Task})" path="/param|/returns|/exception"/>
    /// <typeparam name="T1">The type of the first argument; <see cref="SocketIOArguments"/> for all of them.</typeparam>
    public SocketIONamespace On<T1>(string name, Func<SocketIOSocket, T1, Task> handler) =>
        On(name, NotNull(handler), static (handler, e) => handler(e.Socket, e.Get<T1>(0)!));

    /// <summary>
    /// Adds a handler of an event. If the client expects an acknowledgement, an empty one is sent when the handler has completed.
    /// </summary>
    /// <inheritdoc cref="On(string, Func{SocketIOSocket, Task})" path="/param|/returns|/exception"/>
    /// <typeparam name="T1">The type of the first argument; <see cref="SocketIOArguments"/> for all of them.</typeparam>
    /// <typeparam name="T2">The type of the second argument.</typeparam>
    public SocketIONamespace On<T1, T2>(string name, Func<SocketIOSocket, T1, T2, Task> handler) =>
        On(name, NotNull(handler), static (handler, e) => handler(e.Socket, e.Get<T1>(0)!, e.Get<T2>(1)!));

    /// <summary>
    /// Adds a handler of an event. If the client expects an acknowledgement, an empty one is sent when the handler has completed.
    /// </summary>
    /// <inheritdoc cref="On(string, Func{SocketIOSocket, Task})" path="/param|/returns|/exception"/>
    /// <typeparam name="T1">The type of the first argument; <see cref="SocketIOArguments"/> for all of them.</typeparam>
    /// <typeparam name="T2">The type of the second argument.</typeparam>
    /// <typeparam name="T3">The type of the third argument.</typeparam>
    public SocketIONamespace On<T1, T2, T3>(string name, Func<SocketIOSocket, T1, T2, T3, Task> handler) =>
        On(name, NotNull(handler), static (handler, e) => handler(e.Socket, e.Get<T1>(0)!, e.Get<T2>(1)!, e.Get<T3>(2)!));

    /// <summary>Adds a handler of an event whose result is the acknowledgement.</summary>
    /// <inheritdoc cref="On(string, Func{SocketIOSocket, Task})" path="/param|/returns|/exception"/>
    /// <typeparam name="TAnswer">The type of the acknowledgement. It is sent if the client expects one.</typeparam>
    public SocketIONamespace On<TAnswer>(string name, Func<SocketIOSocket, Task<TAnswer>> handler) =>
        OnAnswered(name, NotNull(handler), static (handler, e) => handler(e.Socket));

    /// <summary>Adds a handler of an event whose result is the acknowledgement.</summary>
    /// <inheritdoc cref="On(string, Func{SocketIOSocket, Task})" path="/param|/returns|/exception"/>
    /// <typeparam name="T1">The type of the first argument; <see cref="SocketIOArguments"/> for all of them.</typeparam>
    /// <typeparam name="TAnswer">The type of the acknowledgement. It is sent if the client expects one.</typeparam>
    public SocketIONamespace On<T1, TAnswer>(string name, Func<SocketIOSocket, T1, Task<TAnswer>> handler) =>
        OnAnswered(name, NotNull(handler), static (handler, e) => handler(e.Socket, e.Get<T1>(0)!));

    /// <summary>Adds a handler of an event whose result is the acknowledgement.</summary>
    /// <inheritdoc cref="On(string, Func{SocketIOSocket, Task})" path="/param|/returns|/exception"/>
    /// <typeparam name="T1">The type of the first argument; <see cref="SocketIOArguments"/> for all of them.</typeparam>
    /// <typeparam name="T2">The type of the second argument.</typeparam>
    /// <typeparam name="TAnswer">The type of the acknowledgement. It is sent if the client expects one.</typeparam>
    public SocketIONamespace On<T1, T2, TAnswer>(string name, Func<SocketIOSocket, T1, T2, Task<TAnswer>> handler) =>
        OnAnswered(name, NotNull(handler), static (handler, e) => handler(e.Socket, e.Get<T1>(0)!, e.Get<T2>(1)!));

    /// <summary>Adds a handler of an event whose result is the acknowledgement.</summary>
    /// <inheritdoc cref="On(string, Func{SocketIOSocket, Task})" path="/param|/returns|/exception"/>
    /// <typeparam name="T1">The type of the first argument; <see cref="SocketIOArguments"/> for all of them.</typeparam>
    /// <typeparam name="T2">The type of the second argument.</typeparam>
    /// <typeparam name="T3">The type of the third argument.</typeparam>
    /// <typeparam name="TAnswer">The type of the acknowledgement. It is sent if the client expects one.</typeparam>
    public SocketIONamespace On<T1, T2, T3, TAnswer>(string name, Func<SocketIOSocket, T1, T2, T3, Task<TAnswer>> handler) =>
        OnAnswered(name, NotNull(handler), static (handler, e) => handler(e.Socket, e.Get<T1>(0)!, e.Get<T2>(1)!, e.Get<T3>(2)!));

    /// <summary>Adds any delegate as the handler of an event. Its result is the acknowledgement.</summary>
    /// <inheritdoc cref="On(string, Func{SocketIOSocket, Task})" path="/param|/returns|/exception"/>
    /// <remarks>
    /// Parameters can be a <see cref="SocketIOSocket"/>, a <see cref="SocketIOEvent"/>, a <see cref="System.Threading.CancellationToken"/>
    /// that is cancelled when the client is disconnected, and services, from a scope for each event. All other parameters are the arguments
    /// of the event, in order.
    /// </remarks>
    [RequiresUnreferencedCode("The handler's parameters are bound by reflection. The overloads with typed parameters use none.")]
    [RequiresDynamicCode("The handler's parameters are bound by reflection. The overloads with typed parameters use none.")]
    public SocketIONamespace On(string name, Delegate handler)
    {
        EventHandling handling = DelegateBinder.Bind(Server, NotNull(handler));
        return Change(() => Handlers.Add(name, handling));
    }

    /// <summary>
    /// Adds the handlers of a class: a method for each event, and the methods of <see cref="SocketIOHandlers"/> that it overrides.
    /// </summary>
    /// <typeparam name="THandlers">
    /// The class. An instance is created for each call of a handler. Its constructor may take services.
    /// </typeparam>
    /// <returns>The same namespace.</returns>
    /// <exception cref="ArgumentException">
    /// The class has no handlers or no usable constructor, is abstract, or hides a method of the base class. Or an event has a handler
    /// already, or its name is reserved. Or a method with <see cref="OnEventAttribute"/> is not public, is static, generic or async void,
    /// or has a parameter or result by reference, or a tuple as result. Nothing was added.
    /// </exception>
    [RequiresUnreferencedCode("The methods' parameters are bound by reflection. The overloads of On with typed parameters use none.")]
    [RequiresDynamicCode("The methods' parameters are bound by reflection. The overloads of On with typed parameters use none.")]
    public SocketIONamespace AddHandlers<[DynamicallyAccessedMembers(HandlerClassMembers.All)] THandlers>()
        where THandlers : SocketIOHandlers =>
        Change(() => new HandlerClass<THandlers>(Server).AddTo(this));

    private SocketIONamespace On<THandler>(string name, THandler handler, Func<THandler, SocketIOEvent, Task> invoke) =>
        Change(() => Handlers.Add(
        name,
        async e =>
        {
            await invoke(handler, e).ConfigureAwait(false);
            return e.AnswerEmpty();
        }));

    private SocketIONamespace OnAnswered<THandler, TAnswer>(
        string name, THandler handler, Func<THandler, SocketIOEvent, Task<TAnswer>> invoke)
    {
        SocketIOAck.ThrowIfTuple(typeof(TAnswer));
        return Change(() => Handlers.Add(name, async e => e.Answer(await invoke(handler, e).ConfigureAwait(false))));
    }

    private SocketIONamespace Change(Action change)
    {
        Handlers.ThrowIfSealed();
        change();
        return this;
    }

    private static T NotNull<T>(T value)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(value);
        return value;
    }
}
