// Handlers with typed parameters. Their types are known when the program is compiled, so none uses reflection.

using System;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;

namespace WsProto.SocketIO.Client;

public sealed partial class SocketIOClientNamespace
{
    /// <summary>Handles an event with one argument.</summary>
    /// <typeparam name="T">What the argument stands for.</typeparam>
    /// <inheritdoc cref="On(string, Func{SocketIOReceived, Task})" path="/param|/returns|/exception"/>
    /// <remarks>
    /// An argument that does not fit counts as thrown by the handler. Arguments that are too many are ignored. For more than four, take
    /// <see cref="SocketIOReceived"/>.
    /// </remarks>
    public SocketIOClientNamespace On<T>(string name, Action<T> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return OnTyped(name, e => handler(e.Get<T>(0)!));
    }

    /// <inheritdoc cref="On{T}(string, Action{T})"/>
    public SocketIOClientNamespace On<T>(string name, Func<T, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return On(name, e => handler(e.Get<T>(0)!));
    }

    /// <summary>Handles an event with two arguments.</summary>
    /// <typeparam name="T1">What the first stands for.</typeparam>
    /// <typeparam name="T2">What the second stands for.</typeparam>
    /// <inheritdoc cref="On{T}(string, Action{T})" path="/param|/returns|/exception|/remarks"/>
    public SocketIOClientNamespace On<T1, T2>(string name, Action<T1, T2> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return OnTyped(name, e => handler(e.Get<T1>(0)!, e.Get<T2>(1)!));
    }

    /// <inheritdoc cref="On{T1, T2}(string, Action{T1, T2})"/>
    public SocketIOClientNamespace On<T1, T2>(string name, Func<T1, T2, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return On(name, e => handler(e.Get<T1>(0)!, e.Get<T2>(1)!));
    }

    /// <summary>Handles an event with three arguments.</summary>
    /// <typeparam name="T1">What the first stands for.</typeparam>
    /// <typeparam name="T2">What the second stands for.</typeparam>
    /// <typeparam name="T3">What the third stands for.</typeparam>
    /// <inheritdoc cref="On{T}(string, Action{T})" path="/param|/returns|/exception|/remarks"/>
    public SocketIOClientNamespace On<T1, T2, T3>(string name, Action<T1, T2, T3> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return OnTyped(name, e => handler(e.Get<T1>(0)!, e.Get<T2>(1)!, e.Get<T3>(2)!));
    }

    /// <inheritdoc cref="On{T1, T2, T3}(string, Action{T1, T2, T3})"/>
    public SocketIOClientNamespace On<T1, T2, T3>(string name, Func<T1, T2, T3, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return On(name, e => handler(e.Get<T1>(0)!, e.Get<T2>(1)!, e.Get<T3>(2)!));
    }

    /// <summary>Handles an event with four arguments.</summary>
    /// <typeparam name="T1">What the first stands for.</typeparam>
    /// <typeparam name="T2">What the second stands for.</typeparam>
    /// <typeparam name="T3">What the third stands for.</typeparam>
    /// <typeparam name="T4">What the fourth stands for.</typeparam>
    /// <inheritdoc cref="On{T}(string, Action{T})" path="/param|/returns|/exception|/remarks"/>
    public SocketIOClientNamespace On<T1, T2, T3, T4>(string name, Action<T1, T2, T3, T4> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return OnTyped(name, e => handler(e.Get<T1>(0)!, e.Get<T2>(1)!, e.Get<T3>(2)!, e.Get<T4>(3)!));
    }

    /// <inheritdoc cref="On{T1, T2, T3, T4}(string, Action{T1, T2, T3, T4})"/>
    public SocketIOClientNamespace On<T1, T2, T3, T4>(string name, Func<T1, T2, T3, T4, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return On(name, e => handler(e.Get<T1>(0)!, e.Get<T2>(1)!, e.Get<T3>(2)!, e.Get<T4>(3)!));
    }

    /// <summary>Handles an event without arguments, and answers it by what the handler returns.</summary>
    /// <typeparam name="TAnswer">
    /// What is answered; bytes in it become attachments. For an answer of several values take <see cref="SocketIOReceived.Answer"/>; a
    /// tuple is none.
    /// </typeparam>
    /// <inheritdoc cref="On{T}(string, Action{T})" path="/param|/returns|/remarks"/>
    /// <exception cref="ArgumentException">
    /// The event has a handler already, its name is reserved, or the answer is a tuple.
    /// </exception>
    public SocketIOClientNamespace OnCall<TAnswer>(string name, Func<Task<TAnswer>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return OnAnswered(name, _ => handler());
    }

    /// <summary>Handles an event with one argument, and answers it by what the handler returns.</summary>
    /// <typeparam name="T">What its argument stands for.</typeparam>
    /// <typeparam name="TAnswer">What is answered; bytes in it become attachments.</typeparam>
    /// <inheritdoc cref="OnCall{TAnswer}(string, Func{Task{TAnswer}})" path="/param|/returns|/exception|/remarks"/>
    public SocketIOClientNamespace OnCall<T, TAnswer>(string name, Func<T, Task<TAnswer>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return OnAnswered(name, e => handler(e.Get<T>(0)!));
    }

    /// <summary>Handles an event with two arguments, and answers it by what the handler returns.</summary>
    /// <typeparam name="T1">What the first stands for.</typeparam>
    /// <typeparam name="T2">What the second stands for.</typeparam>
    /// <typeparam name="TAnswer">What is answered; bytes in it become attachments.</typeparam>
    /// <inheritdoc cref="OnCall{TAnswer}(string, Func{Task{TAnswer}})" path="/param|/returns|/exception|/remarks"/>
    public SocketIOClientNamespace OnCall<T1, T2, TAnswer>(string name, Func<T1, T2, Task<TAnswer>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return OnAnswered(name, e => handler(e.Get<T1>(0)!, e.Get<T2>(1)!));
    }

    /// <summary>Handles an event with three arguments, and answers it by what the handler returns.</summary>
    /// <typeparam name="T1">What the first stands for.</typeparam>
    /// <typeparam name="T2">What the second stands for.</typeparam>
    /// <typeparam name="T3">What the third stands for.</typeparam>
    /// <typeparam name="TAnswer">What is answered; bytes in it become attachments.</typeparam>
    /// <inheritdoc cref="OnCall{TAnswer}(string, Func{Task{TAnswer}})" path="/param|/returns|/exception|/remarks"/>
    public SocketIOClientNamespace OnCall<T1, T2, T3, TAnswer>(string name, Func<T1, T2, T3, Task<TAnswer>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return OnAnswered(name, e => handler(e.Get<T1>(0)!, e.Get<T2>(1)!, e.Get<T3>(2)!));
    }

    /// <summary>Handles an event with four arguments, and answers it by what the handler returns.</summary>
    /// <typeparam name="T1">What the first stands for.</typeparam>
    /// <typeparam name="T2">What the second stands for.</typeparam>
    /// <typeparam name="T3">What the third stands for.</typeparam>
    /// <typeparam name="T4">What the fourth stands for.</typeparam>
    /// <typeparam name="TAnswer">What is answered; bytes in it become attachments.</typeparam>
    /// <inheritdoc cref="OnCall{TAnswer}(string, Func{Task{TAnswer}})" path="/param|/returns|/exception|/remarks"/>
    public SocketIOClientNamespace OnCall<T1, T2, T3, T4, TAnswer>(string name, Func<T1, T2, T3, T4, Task<TAnswer>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return OnAnswered(name, e => handler(e.Get<T1>(0)!, e.Get<T2>(1)!, e.Get<T3>(2)!, e.Get<T4>(3)!));
    }

    private SocketIOClientNamespace OnTyped(string name, Action<SocketIOReceived> handler) => Add(name, e =>
    {
        handler(e);
        return Task.FromResult<object?[]?>([]);
    });

    private SocketIOClientNamespace OnAnswered<TAnswer>(string name, Func<SocketIOReceived, Task<TAnswer>> handler)
    {
        if (typeof(ITuple).IsAssignableFrom(Nullable.GetUnderlyingType(typeof(TAnswer)) ?? typeof(TAnswer)))
            throw new ArgumentException("A handler answers no tuple, as JSON has none. Use On with e => e.Answer(a, b), or a record.");
        return Add(name, async e => [await handler(e).ConfigureAwait(true)]);
    }
}
