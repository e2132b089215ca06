// Our own judgement. The replies are compared octet for octet and in order; nothing may follow them. A failed connection has to have a
// Close with the right code (RFC 6455 §7.1.7); to drop it is lenient. A refusal for size is a limit (§7.4.1, §10.4).

using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace WsProto.Conformance;

internal static class StrictJudge
{
    private const int PolicyViolation = 1008;
    private const int MessageTooBig = 1009;

    /// <summary>The size up to which a message cannot be too big: that of a control frame.</summary>
    private const int AlwaysTaken = 125;

    /// <summary>So many fragments every peer has to take; one may say 1008 to more.</summary>
    private const int FewFragments = 1000;

    public static (Verdict Verdict, string Reason) Judge(ConformanceCase one, Observation seen, long? maxMessageSize)
    {
        if (seen.Fault is { } fault)
            return (Verdict.Failed, fault);
        if (seen.IsOutOfTime)
            return (Verdict.Failed, "the case does not come to an end");
        string end = seen.Close is null
            ? seen.IsSilent ? "the connection stays open" : "the connection ends without a Close"
            : $"there is a Close with {seen.Close.Code}{(seen.IsSilent ? ", but the connection stays open" : "")}";
        if (one.IsInformational)
            return (seen.Close is null && seen.IsSilent ? Verdict.Failed : Verdict.Informational, $"{end}, after {Show(seen.Replies)}");
        if (IsLimit(one, seen, maxMessageSize))
        {
            string limit = string.Create(CultureInfo.InvariantCulture, $"{end}: a limit, at a message of {one.LargestMessage} octets");
            return (Verdict.Limit, limit);
        }

        string replies = $"{Show(seen.Replies)} came instead of {Show(seen.Best)}";
        if (!seen.IsBest && !seen.IsAllowed)
            return (Verdict.Failed, seen.Close is null ? replies : $"{replies}; {end}");
        bool isLenientCode = seen.Close is not null && one.End.LenientCodes.Contains(seen.Close.Code);
        bool isRightCode = seen.Close is not null && (one.End.IsAny || one.End.Codes.Contains(seen.Close.Code));
        if (seen.Close is null ? seen.IsSilent || !one.End.MayDrop : !isLenientCode && !isRightCode)
            return (Verdict.Failed, end);
        if (!one.End.MayDrop && seen.WasClosedByPeer)
            return (Verdict.Failed, $"{end}; the peer closed, and should not have");
        if (isLenientCode && seen.IsBest)
            return (Verdict.Lenient, end);
        if (seen.IsLate)
            return (Verdict.Lenient, $"{end}, but later than it could");
        if (!seen.IsBest)
            return (Verdict.Lenient, replies);
        return ((seen.Close is null && !one.End.IsAny) || seen.IsSilent ? Verdict.Lenient : Verdict.Ok, end);
    }

    internal static string Show(IReadOnlyList<Reply> replies) => replies.Count switch
    {
        0 => "nothing",
        <= 10 => string.Join(", ", replies),
        _ => $"{replies.Count} replies, the last of them {replies[^1]}",
    };

    /// <summary>Whether the peer refused a message that it may refuse, where the case is about taking it.</summary>
    private static bool IsLimit(ConformanceCase one, Observation seen, long? maxMessageSize)
    {
        if (one.End.MayDrop || seen.Close is null || seen.IsBest)
            return false;
        bool isLarge = one.LargestMessage > (maxMessageSize ?? AlwaysTaken);
        bool isManyFold = one.MostFragments > FewFragments;
        return seen.Close.Code == MessageTooBig ? isLarge || isManyFold : seen.Close.Code == PolicyViolation && isManyFold;
    }
}
