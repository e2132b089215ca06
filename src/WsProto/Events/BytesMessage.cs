using System;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace WsProto;

/// <summary>Bytes (RFC 6455 §5.6).</summary>
public sealed record BytesMessage : Message
{
    /// <summary>Makes a message that is set with an initializer.</summary>
    public BytesMessage()
    {
    }

    /// <summary>Makes a message.</summary>
    /// <param name="data">See <see cref="Data"/>.</param>
    [SetsRequiredMembers]
    public BytesMessage(ReadOnlyMemory<byte> data) => Data = data;

    /// <summary>
    /// The bytes. Those of a received message are its own; up to 128 of them may lie in an array of at most 2 KiB with others that arrived
    /// together.
    /// </summary>
    public required ReadOnlyMemory<byte> Data { get; init; }

    internal override EventKind Kind => EventKind.BytesMessage;

    /// <inheritdoc/>
    public bool Equals(BytesMessage? other) => base.Equals(other) && Data.Span.SequenceEqual(other.Data.Span);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Content.Hash(Data));

    /// <inheritdoc/>
    protected override bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Data = ").AppendBytes(Data.Span);
        AppendFlags(builder);
        return true;
    }
}
