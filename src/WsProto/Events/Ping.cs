using System;
using System.Text;

namespace WsProto;

/// <summary>
/// Asks the peer for a <see cref="Pong"/> with the same payload (<see href="https://www.rfc-editor.org/rfc/rfc6455#section-5.5.2">RFC 6455
/// §5.5.2</see>).
/// </summary>
/// <param name="Payload">0 to 125 bytes.</param>
public sealed record Ping(ReadOnlyMemory<byte> Payload = default) : WsEvent
{
    internal override EventKind Kind => EventKind.Ping;

    /// <summary>
    /// The answer: "a Pong frame sent in response to a Ping frame must have identical application data" (RFC 6455 §5.5.3).
    /// </summary>
    public Pong Response() => new(Payload);

    /// <inheritdoc/>
    public bool Equals(Ping? other) => other is not null && Payload.Span.SequenceEqual(other.Payload.Span);

    /// <inheritdoc/>
    public override int GetHashCode() => Content.Hash(Payload);

    /// <inheritdoc/>
    protected override bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Payload = ").AppendBytes(Payload.Span);
        return true;
    }
}
