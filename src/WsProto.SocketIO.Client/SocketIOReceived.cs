using System;
using System.Diagnostics;
using System.Text.Json;
using System.Threading;

namespace WsProto.SocketIO.Client;

/// <summary>An event that a client received.</summary>
[DebuggerDisplay("{Name}, {Arguments.Count} arguments")]
public sealed class SocketIOReceived
{
    private readonly EventArrived _arrived;
    private int _isAnswered;

    internal SocketIOReceived(SocketIOClientNamespace space, EventArrived arrived)
    {
        Namespace = space;
        _arrived = arrived;
    }

    /// <summary>The namespace.</summary>
    public SocketIOClientNamespace Namespace { get; }

    /// <summary>The name of the event.</summary>
    public string Name => _arrived.Name;

    /// <summary>The arguments, without the offset that a server adds for recovery.</summary>
    public SocketIOArguments Arguments => _arrived.Arguments;

    /// <summary>Whether the server expects an acknowledgement and was not sent one yet.</summary>
    public bool WantsAnswer => _arrived.WantsAck && Volatile.Read(ref _isAnswered) == 0;

    /// <summary>Deserializes an argument with the client's JSON options.</summary>
    /// <typeparam name="T">The type. <c>byte[]</c> reads an attachment.</typeparam>
    /// <param name="index">The index of the argument, from 0.</param>
    /// <returns>The value. For a missing argument, null if the type allows it.</returns>
    /// <exception cref="JsonException">The argument is not of that type, or is missing and the type does not allow null.</exception>
    public T? Get<T>(int index) => Arguments.Get<T>(index);

    /// <summary>Sends the acknowledgement, if the server expects one. It is sent once at most.</summary>
    /// <param name="arguments">The arguments of the acknowledgement. Byte arrays in them become attachments.</param>
    /// <returns>Whether it was sent. It is not sent if the client was disconnected from the namespace since.</returns>
    /// <exception cref="ArgumentException">There are too many attachments, or an argument is a tuple.</exception>
    public bool Answer(params ReadOnlySpan<object?> arguments) =>
        _arrived.WantsAck && Interlocked.Exchange(ref _isAnswered, 1) == 0 && Namespace.Client.Driver.Answer(_arrived, arguments);
}
