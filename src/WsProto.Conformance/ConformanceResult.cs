using System;

namespace WsProto.Conformance;

/// <summary>The outcome of a case.</summary>
public sealed record ConformanceResult
{
    internal ConformanceResult()
    {
    }

    /// <summary>The case.</summary>
    public required ConformanceCase Case { get; init; }

    /// <summary>The client that was judged, as it called itself; null for a server.</summary>
    public string? Agent { get; init; }

    /// <summary>Our own judgement.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>What it is based on.</summary>
    public required string Reason { get; init; }

    /// <summary>The established suite's judgement of what came back.</summary>
    public required SuiteVerdict Suite { get; init; }

    /// <summary>The established suite's judgement of how the connection ended.</summary>
    public required SuiteVerdict SuiteClose { get; init; }

    /// <summary>What the established suite's judgements are based on.</summary>
    public required string SuiteReason { get; init; }

    /// <summary>How the connection ended.</summary>
    public required ConnectionEnd End { get; init; }

    /// <summary>How long the case took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The head of the opening request; empty where it was not seen.</summary>
    public string Request { get; init; } = "";

    /// <summary>The head of the answer; empty where there was none.</summary>
    public string Response { get; init; } = "";

    /// <summary>The octets that the judge sent after the handshake.</summary>
    public required Transcript Sent { get; init; }

    /// <summary>The octets that came from the peer after the handshake.</summary>
    public required Transcript Received { get; init; }

    /// <summary>The case, both judgements and the beginning of what was sent and received, in several lines.</summary>
    public override string ToString() =>
        $"{Case}\n  {Verdict}: {Reason}\n  suite    {Suite.Name}, {SuiteClose.Name}: {SuiteReason}\n"
        + $"  sent     {Sent}\n  received {Received}";
}
