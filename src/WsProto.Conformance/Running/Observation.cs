using System.Collections.Generic;

namespace WsProto.Conformance;

/// <summary>What happened in a case, before anybody judges it.</summary>
internal sealed record Observation
{
    /// <summary>What came, but for Pings and the Close.</summary>
    public required IReadOnlyList<Reply> Replies { get; init; }

    /// <summary>What should have come.</summary>
    public required IReadOnlyList<Reply> Best { get; init; }

    /// <summary>Whether that is what came.</summary>
    public bool IsBest { get; init; }

    /// <summary>Whether another list came that is allowed.</summary>
    public bool IsAllowed { get; init; }

    /// <summary>The peer's Close; null for none.</summary>
    public Reply? Close { get; init; }

    /// <summary>Whether it came before the judge sent one.</summary>
    public bool WasClosedByPeer { get; init; }

    /// <summary>Which rule of framing the peer broke; null for none.</summary>
    public string? Fault { get; init; }

    /// <summary>How the stream ended.</summary>
    public StreamEnd Stream { get; init; }

    /// <summary>Whether nothing came for so long that the judge gave up.</summary>
    public bool IsSilent { get; init; }

    /// <summary>Whether the peer failed the connection later than it could.</summary>
    public bool IsLate { get; init; }

    /// <summary>Whether the time of the case was over.</summary>
    public bool IsOutOfTime { get; init; }
}
