using System.Collections.Generic;
using System.Linq;
using WsProto.Events;

namespace WsProto.Testing;

/// <summary>What came of an input, equal by content.</summary>
/// <param name="Events">The events that were read, in order.</param>
/// <param name="State">The state after the last.</param>
public sealed record Outcome(IReadOnlyList<WsEvent> Events, ConnectionState State)
{
    /// <summary>Whether the events are the same in the same order, and the state too.</summary>
    public bool Equals(Outcome? other) => other is not null && State == other.State && Events.SequenceEqual(other.Events);

    /// <inheritdoc/>
    public override int GetHashCode() => Events.Count;

    /// <summary>The state, then the events.</summary>
    public override string ToString() => $"{State}: {string.Join(" | ", Events)}";
}
