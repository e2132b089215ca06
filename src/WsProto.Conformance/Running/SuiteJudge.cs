// The judgement of the established suite, which has two verdicts. That of the replies asks what came back. That of the closing asks who
// closed, whether the closing handshake was completed where it has to be, and with which code. To drop a connection that has to fail is OK.

using System.Linq;

namespace WsProto.Conformance;

internal static class SuiteJudge
{
    public const string NotInSuite = "the suite does not have this case";

    public static (SuiteVerdict Replies, SuiteVerdict Close, string Reason) Judge(ConformanceCase one, Observation seen)
    {
        if (!one.IsEstablished)
            return (SuiteVerdict.Informational, SuiteVerdict.Informational, NotInSuite);
        if (one.IsInformational)
            return (SuiteVerdict.Informational, SuiteVerdict.Informational, "the suite does not judge this case");
        if (seen.Fault is { } fault)
            return (SuiteVerdict.Failed, SuiteVerdict.Failed, fault);
        (SuiteVerdict close, string closing) = JudgeClose(one, seen);
        if (seen.IsBest)
            return seen.IsLate ? (SuiteVerdict.NonStrict, close, "the fault was noticed late") : (SuiteVerdict.Ok, close, closing);
        return seen.IsAllowed && one.IsLenientInSuite
            ? (SuiteVerdict.NonStrict, close, "what came before the fault was not answered")
            : (SuiteVerdict.Failed, close, "other replies came than should");
    }

    private static (SuiteVerdict Close, string Reason) JudgeClose(ConformanceCase one, Observation seen)
    {
        if (one.End.MayDrop)
        {
            if (seen.Close is null)
            {
                return seen.IsSilent || seen.IsOutOfTime
                    ? (SuiteVerdict.Failed, "the peer should have ended the connection")
                    : (SuiteVerdict.Ok, "the peer dropped the connection, as it may");
            }
        }
        else if (seen.Close is null)
        {
            return (SuiteVerdict.Unclean, "the peer did not complete the closing handshake");
        }
        else if (seen.WasClosedByPeer)
        {
            return (SuiteVerdict.Failed, "the peer closed, and should not have");
        }

        if (!one.End.Codes.Contains(seen.Close.Code))
            return (SuiteVerdict.WrongCode, $"the Close has {seen.Close.Code} and should have {one.End.Show()}");
        return seen.IsSilent && !one.End.MayDrop
            ? (SuiteVerdict.Unclean, "the peer did not end the stream after the closing handshake")
            : (SuiteVerdict.Ok, "the replies and the closing are as they should be");
    }
}
