using System;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace WsProto;

/// <summary>A piece of the body of a refusal, with its transfer coding undone.</summary>
public sealed record RejectData : WsEvent
{
    /// <summary>Makes a piece that is set with an initializer.</summary>
    public RejectData()
    {
    }

    /// <summary>Makes a piece.</summary>
    /// <param name="data">The bytes; may be empty.</param>
    /// <param name="bodyFinished">Whether the body ends with it.</param>
    [SetsRequiredMembers]
    public RejectData(ReadOnlyMemory<byte> data, bool bodyFinished = true)
    {
        Data = data;
        BodyFinished = bodyFinished;
    }

    /// <summary>The bytes; may be empty.</summary>
    public required ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Whether the body ends with this piece. Default: true.</summary>
    public bool BodyFinished { get; init; } = true;

    internal override EventKind Kind => EventKind.RejectData;

    /// <inheritdoc/>
    public bool Equals(RejectData? other) =>
        other is not null && BodyFinished == other.BodyFinished && Data.Span.SequenceEqual(other.Data.Span);

    /// <inheritdoc/>
    public override int GetHashCode() => Content.Hash(Data);

    /// <inheritdoc/>
    protected override bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Data = ").AppendBytes(Data.Span);
        builder.AppendUnless(nameof(BodyFinished), BodyFinished, true);
        return true;
    }
}
