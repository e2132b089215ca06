using System.Globalization;

namespace WsProto.Conformance;

/// <summary>How the stream below a connection ended, as the judge saw it.</summary>
public enum StreamEnd
{
    /// <summary>The connection was never open.</summary>
    NeverOpen = 0,

    /// <summary>The peer ended the stream in an orderly way.</summary>
    Ended = 1,

    /// <summary>The peer, or the network, broke the connection off.</summary>
    Reset = 2,

    /// <summary>The peer left it open, and the judge gave up.</summary>
    LeftOpen = 3,

    /// <summary>The judge ended it: the case was decided before.</summary>
    EndedByJudge = 4,
}

/// <summary>How the connection of a case ended.</summary>
/// <param name="CloseCode">The code of the peer's Close; 1005 for a Close without one; null where there was no Close.</param>
/// <param name="CloseReason">The reason in it; octets that are no UTF-8 are replaced.</param>
/// <param name="WasClosedByPeer">Whether the peer sent its Close before the judge sent one.</param>
/// <param name="Stream">How the stream below ended.</param>
public sealed record ConnectionEnd(int? CloseCode, string? CloseReason, bool WasClosedByPeer, StreamEnd Stream)
{
    /// <summary>The end in a few words.</summary>
    public override string ToString()
    {
        string close = CloseCode switch
        {
            null => "no Close",
            Reply.NoStatus => "a Close without a code",
            _ => string.Create(CultureInfo.InvariantCulture, $"a Close with {CloseCode}"),
        };
        string who = CloseCode is null ? "" : WasClosedByPeer ? " from the peer" : " in answer to ours";
        return $"{close}{who}, " + Stream switch
        {
            StreamEnd.NeverOpen => "never open",
            StreamEnd.Ended => "then the end of the stream",
            StreamEnd.Reset => "then the connection was broken off",
            StreamEnd.LeftOpen => "and the stream stays open",
            StreamEnd.EndedByJudge => "then the judge ended the stream",
        };
    }
}
