using System;
using System.Text;

namespace WsProto;

/// <summary>
/// Answers a <see cref="Ping"/>, or comes unasked as a sign of life (<see href="https://www.rfc-editor.org/rfc/rfc6455#section-5.5.3">RFC
/// 6455 §5.5.3</see>).
/// </summary>
/// <param name="Payload">0 to 125 bytes.</param>
public sealed record Pong(ReadOnlyMemory<byte> Payload = default) : WsEvent
{
    internal override EventKind Kind => EventKind.Pong;

    /// <inheritdoc/>
    public bool Equals(Pong? other) => other is not null && Payload.Span.SequenceEqual(other.Payload.Span);

    /// <inheritdoc/>
    public override int GetHashCode() => Content.Hash(Payload);

    /// <inheritdoc/>
    protected override bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Payload = ").AppendBytes(Payload.Span);
        return true;
    }
}
