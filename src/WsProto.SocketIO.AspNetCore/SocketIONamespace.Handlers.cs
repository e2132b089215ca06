// The handlers of a namespace. Those with types that are known when the program is compiled use no reflection; a free delegate does.

using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Tasks;
using WsProto.SocketIO.AspNetCore.Hosting;

namespace WsProto.SocketIO.AspNetCore;

public sealed partial class SocketIONamespace
{
    /// <summary>
    /// Judges a client that wants in, before it is told and before it is in. To refuse it, throw <see cref="SocketIORefusedException"/>;
    /// anything else that is thrown is logged and refuses it too. What is emitted to it meanwhile is sent when it is in.
    /// </summary>
    /// <param name="judge">The handler; several run in the order in which they were added.</param>
    public SocketIONamespace OnConnecting(Func<SocketIOSocket, Task> judge) => Change(() => Handlers.Connecting.Add(NotNull(judge)));

    /// <summary>Greets a client that is in. Its events wait until the handler has ended.</summary>
    /// <param name="greet">The handler; several run in the order in which they were added.</param>
    public SocketIONamespace OnConnected(Func<SocketIOSocket, Task> greet) => Change(() => Handlers.Connected.Add(NotNull(greet)));

    /// <summary>A client that was in has left. Its rooms are still there; once the handlers have ended, it is in none.</summary>
    /// <param name="part">The handler; several run in the order in which they were added.</param>
    public SocketIONamespace OnDisconnected(Func<SocketIOSocket, SocketIODisconnect, Task> part) =>
        Change(() => Handlers.Disconnected.Add(NotNull(part)));

    /// <summary>
    /// Runs around the handlers of all events: before them, and after, and not on to them where it does not call the next.
    /// </summary>
    /// <param name="middleware">Gets the event, and what comes next.</param>
    public SocketIONamespace Use(Func<SocketIOEvent, Func<Task>, Task> middleware) => Change(() => Handlers.Use(NotNull(middleware)));

    /// <summary>
    /// Handles what handlers of events throw, binding errors included; the client stays. Without it, that is logged as an error;
    /// arguments that do not fit (<see cref="SocketIOBindingException"/>), which are the client's doing, as a warning each minute with the
    /// count.
    /// </summary>
    /// <param name="handler">Its value is the ack; null for none.</param>
    public SocketIONamespace OnError(Func<SocketIOEvent, Exception, ValueTask<object?>> handler) =>
        Change(() => Handlers.Error = NotNull(handler));

    /// <summary>Handles events that no other handler is for.</summary>
    /// <param name="handler">Its value is the ack; null for none.</param>
    public SocketIONamespace OnOther(Func<SocketIOEvent, ValueTask<object?>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Change(() => Handlers.Other = async e =>
            await handler(e).ConfigureAwait(false) is { } value ? e.Answer(value) : null);
    }

    /// <summary>
    /// Lets clients that were lost come back to what they were: with their id, rooms and data, and with the events that they have missed.
    /// It is npm's "connection state recovery". Events that want no ack have one argument more then, a text that npm's client takes off.
    /// </summary>
    /// <param name="options">For how long, and how much is kept; null for the defaults.</param>
    /// <exception cref="InvalidOperationException">
    /// The namespace is made of a pattern, so that nothing of it is left when its last client is lost.
    /// </exception>
    public SocketIONamespace EnableRecovery(SocketIORecoveryOptions? options = null)
    {
        if (!Name.StartsWith('/'))
            throw new InvalidOperationException("A namespace of a pattern goes with its last client.");
        return Change(() => Recovery = new NamespaceRecovery(this, options));
    }

    /// <summary>Handles an event without arguments. If the client wants an ack, it gets an empty one when the handler has ended.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="handler">The handler.</param>
    /// <exception cref="ArgumentException">
    /// The event has a handler already, the name is reserved, or the answer is a tuple: see <see cref="SocketIOAck"/>.
    /// </exception>
    public SocketIONamespace On(string name, Func<SocketIOSocket, Task> handler) =>
        On(name, NotNull(handler), static (handler, e) => handler(e.Socket));

    /// <summary>Handles an event. If the client wants an ack, it gets an empty one when the handler has ended.</summary>
    /// <inheritdoc cref="On(string, Func{SocketIOSocket, Task})" path="/param|/exception"/>
    /// <typeparam name="T1">What the first argument stands for; <see cref="SocketIOArguments"/> for all of them.</typeparam>
    public SocketIONamespace On<T1>(string name, Func<SocketIOSocket, T1, Task> handler) =>
        On(name, NotNull(handler), static (handler, e) => handler(e.Socket, e.Get<T1>(0)!));

    /// <summary>Handles an event. If the client wants an ack, it gets an empty one when the handler has ended.</summary>
    /// <inheritdoc cref="On(string, Func{SocketIOSocket, Task})" path="/param|/exception"/>
    /// <typeparam name="T1">What the first argument stands for; <see cref="SocketIOArguments"/> for all of them.</typeparam>
    /// <typeparam name="T2">What the second argument stands for.</typeparam>
    public SocketIONamespace On<T1, T2>(string name, Func<SocketIOSocket, T1, T2, Task> handler) =>
        On(name, NotNull(handler), static (handler, e) => handler(e.Socket, e.Get<T1>(0)!, e.Get<T2>(1)!));

    /// <summary>Handles an event. If the client wants an ack, it gets an empty one when the handler has ended.</summary>
    /// <inheritdoc cref="On(string, Func{SocketIOSocket, Task})" path="/param|/exception"/>
    /// <typeparam name="T1">What the first argument stands for; <see cref="SocketIOArguments"/> for all of them.</typeparam>
    /// <typeparam name="T2">What the second argument stands for.</typeparam>
    /// <typeparam name="T3">What the third argument stands for.</typeparam>
    public SocketIONamespace On<T1, T2, T3>(string name, Func<SocketIOSocket, T1, T2, T3, Task> handler) =>
        On(name, NotNull(handler), static (handler, e) => handler(e.Socket, e.Get<T1>(0)!, e.Get<T2>(1)!, e.Get<T3>(2)!));

    /// <summary>Handles an event and answers it.</summary>
    /// <inheritdoc cref="On(string, Func{SocketIOSocket, Task})" path="/param|/exception"/>
    /// <typeparam name="TAnswer">The answer, if the client wants one.</typeparam>
    public SocketIONamespace On<TAnswer>(string name, Func<SocketIOSocket, Task<TAnswer>> handler) =>
        OnAnswered(name, NotNull(handler), static (handler, e) => handler(e.Socket));

    /// <summary>Handles an event and answers it.</summary>
    /// <inheritdoc cref="On(string, Func{SocketIOSocket, Task})" path="/param|/exception"/>
    /// <typeparam name="T1">What the first argument stands for; <see cref="SocketIOArguments"/> for all of them.</typeparam>
    /// <typeparam name="TAnswer">The answer, if the client wants one.</typeparam>
    public SocketIONamespace On<T1, TAnswer>(string name, Func<SocketIOSocket, T1, Task<TAnswer>> handler) =>
        OnAnswered(name, NotNull(handler), static (handler, e) => handler(e.Socket, e.Get<T1>(0)!));

    /// <summary>Handles an event and answers it.</summary>
    /// <inheritdoc cref="On(string, Func{SocketIOSocket, Task})" path="/param|/exception"/>
    /// <typeparam name="T1">What the first argument stands for; <see cref="SocketIOArguments"/> for all of them.</typeparam>
    /// <typeparam name="T2">What the second argument stands for.</typeparam>
    /// <typeparam name="TAnswer">The answer, if the client wants one.</typeparam>
    public SocketIONamespace On<T1, T2, TAnswer>(string name, Func<SocketIOSocket, T1, T2, Task<TAnswer>> handler) =>
        OnAnswered(name, NotNull(handler), static (handler, e) => handler(e.Socket, e.Get<T1>(0)!, e.Get<T2>(1)!));

    /// <summary>Handles an event and answers it.</summary>
    /// <inheritdoc cref="On(string, Func{SocketIOSocket, Task})" path="/param|/exception"/>
    /// <typeparam name="T1">What the first argument stands for; <see cref="SocketIOArguments"/> for all of them.</typeparam>
    /// <typeparam name="T2">What the second argument stands for.</typeparam>
    /// <typeparam name="T3">What the third argument stands for.</typeparam>
    /// <typeparam name="TAnswer">The answer, if the client wants one.</typeparam>
    public SocketIONamespace On<T1, T2, T3, TAnswer>(string name, Func<SocketIOSocket, T1, T2, T3, Task<TAnswer>> handler) =>
        OnAnswered(name, NotNull(handler), static (handler, e) => handler(e.Socket, e.Get<T1>(0)!, e.Get<T2>(1)!, e.Get<T3>(2)!));

    /// <summary>
    /// Handles an event by any delegate: a <see cref="SocketIOSocket"/>, a <see cref="SocketIOEvent"/>, a
    /// <see cref="System.Threading.CancellationToken"/> that is cancelled when the client leaves, and services get their values; the other
    /// parameters are the arguments of the event, in their order. What it returns is the ack.
    /// </summary>
    /// <inheritdoc cref="On(string, Func{SocketIOSocket, Task})" path="/param|/exception"/>
    /// <remarks>Services are of a scope for each event.</remarks>
    [RequiresUnreferencedCode("The handler's parameters are bound by reflection. The overloads with typed parameters use none.")]
    [RequiresDynamicCode("The handler's parameters are bound by reflection. The overloads with typed parameters use none.")]
    public SocketIONamespace On(string name, Delegate handler)
    {
        EventHandling handling = DelegateBinder.Bind(Server, NotNull(handler));
        return Change(() => Handlers.Add(name, handling));
    }

    /// <summary>Adds the handlers of a class: one method for each event, and the methods of the base class that it overrides.</summary>
    /// <typeparam name="THandlers">The class. An instance is made for whatever is to be handled; its constructor takes services.</typeparam>
    /// <exception cref="ArgumentException">
    /// It handles nothing, an event has a handler already, a name is reserved, there can be no instance, a method hides one of the base class,
    /// or one with <see cref="OnEventAttribute"/> cannot be called: it is not public, static, generic, async void, or has a parameter or
    /// result by reference, or a tuple as result. Nothing was added.
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
