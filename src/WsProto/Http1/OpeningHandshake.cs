using System.Buffers;
using System.Collections.Generic;
using WsProto.Extensions;
using WsProto.Framing;

namespace WsProto.Http1;

/// <summary>One side of the opening handshake (RFC 6455 §4). It knows what comes next on its side; the connection knows the state.</summary>
internal abstract class OpeningHandshake
{
    /// <summary>The names that the handshake itself writes, or that would give an upgrade a body.</summary>
    protected static readonly string[] OwnHeaders =
    [
        "Connection", "Upgrade", "Content-Length", "Transfer-Encoding", "Sec-WebSocket-Key", "Sec-WebSocket-Accept",
        "Sec-WebSocket-Version", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions",
    ];

    /// <summary>The version of the protocol, the only one (§4.1).</summary>
    internal const string Version = "13";

    /// <summary>The subprotocol that was agreed on.</summary>
    internal string? Subprotocol { get; private protected set; }

    /// <summary>This connection's objects of the extensions that were agreed on, in the order of the answer.</summary>
    internal IReadOnlyList<WsExtension> Extensions { get; private protected set; } = [];

    /// <summary>What the bytes mean; null if that cannot be said yet.</summary>
    internal abstract WsEvent? Read(ReceiveBuffer input);

    /// <summary>What the end of the transport means, after all bytes; null if it means nothing.</summary>
    internal abstract WsEvent? ReadEndOfStream();

    /// <summary>What sending an event would trigger; null if this side cannot send it, or not now.</summary>
    internal abstract Trigger? TriggerOf(WsEvent e);

    /// <summary>Writes an event that the connection's state allows.</summary>
    internal abstract void Send(WsEvent e, IBufferWriter<byte> output);

    protected static HandshakeFailed Fail(in Violation violation, RejectConnection? response = null) =>
        new() { Error = violation.Error, Message = ProtocolErrors.MessageFor(violation), Response = response };
}
