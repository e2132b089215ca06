using System;
using System.Diagnostics;
using System.Text.Json;
using System.Threading;

namespace WsProto.SocketIO.Client;

/// <summary>An event of the server.</summary>
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

    /// <summary>Its arguments, without what a server adds for recovery.</summary>
    public SocketIOArguments Arguments => _arrived.Arguments;

    /// <summary>Whether the server waits for an answer, and has none yet.</summary>
    public bool WantsAnswer => _arrived.WantsAck && Volatile.Read(ref _isAnswered) == 0;

    /// <summary>Reads an argument by the client's JSON options.</summary>
    /// <typeparam name="T">What it stands for.</typeparam>
    /// <param name="index">Which, from 0.</param>
    /// <returns>The value; the default for an argument that is missing, if null is a value of the type.</returns>
    /// <exception cref="JsonException">It is not of that type, or missing.</exception>
    public T? Get<T>(int index) => Arguments.Get<T>(index);

    /// <summary>Answers, if the server waits for it. It is answered once at most.</summary>
    /// <param name="arguments">What is answered; bytes in it become attachments.</param>
    /// <returns>Whether the answer was sent; not if the client has been out of the namespace since.</returns>
    /// <exception cref="ArgumentException">There are too many attachments, or one is a tuple.</exception>
    public bool Answer(params ReadOnlySpan<object?> arguments) =>
        _arrived.WantsAck && Interlocked.Exchange(ref _isAnswered, 1) == 0 && Namespace.Client.Driver.Answer(_arrived, arguments);
}
