using System;
using System.Collections.Generic;
using System.Linq;

namespace WsProto.Testing;

/// <summary>The result of an input. Two results are equal if their contents are.</summary>
/// <param name="Events">The events that were read, in order.</param>
/// <param name="State">The state after the last event.</param>
public sealed record ConnectionOutcome(IReadOnlyList<WsEvent> Events, ConnectionState State)
{
    /// <summary>The maximum number of characters or bytes of a payload that are shown.</summary>
    private const int Longest = 200;

    /// <summary>Whether the events are the same in the same order, and the states are the same.</summary>
    public bool Equals(ConnectionOutcome? other) => other is not null && State == other.State && Events.SequenceEqual(other.Events);

    /// <inheritdoc/>
    public override int GetHashCode() => Events.Count;

    /// <summary>Shows the state and the events with their payloads. Long payloads are cut.</summary>
    public override string ToString() => $"{State}: {string.Join(" | ", Events.Select(Show))}";

    /// <summary>Shows an event with its payload. Its own text has only the size.</summary>
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
