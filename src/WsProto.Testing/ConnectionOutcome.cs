using System;
using System.Collections.Generic;
using System.Linq;

namespace WsProto.Testing;

/// <summary>What came of an input, equal by content.</summary>
/// <param name="Events">The events that were read, in order.</param>
/// <param name="State">The state after the last.</param>
public sealed record ConnectionOutcome(IReadOnlyList<WsEvent> Events, ConnectionState State)
{
    /// <summary>How many characters or bytes of a payload are shown.</summary>
    private const int Longest = 200;

    /// <summary>Whether the events are the same in the same order, and the state too.</summary>
    public bool Equals(ConnectionOutcome? other) => other is not null && State == other.State && Events.SequenceEqual(other.Events);

    /// <inheritdoc/>
    public override int GetHashCode() => Events.Count;

    /// <summary>The state, then the events with what they hold, of long payloads the beginning.</summary>
    public override string ToString() => $"{State}: {string.Join(" | ", Events.Select(Show))}";

    /// <summary>The text form of an event has the size of its payload only; here it has the payload too.</summary>
    private static string Show(WsEvent e) => e switch
    {
        TextMessage text => $"{e} '{(text.Data.Length > Longest ? text.Data[..Longest] + "…" : text.Data)}'",
        BytesMessage bytes => $"{e} {Hex(bytes.Data.Span)}",
        Ping ping => $"{e} {Hex(ping.Payload.Span)}",
        Pong pong => $"{e} {Hex(pong.Payload.Span)}",
        RejectData body => $"{e} {Hex(body.Data.Span)}",
        _ => e.ToString(),
    };

    private static string Hex(ReadOnlySpan<byte> data) =>
        data.Length > Longest ? Convert.ToHexString(data[..Longest]) + "…" : Convert.ToHexString(data);
}
