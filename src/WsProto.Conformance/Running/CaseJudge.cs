using System;
using System.Diagnostics;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Conformance;

/// <summary>Runs a case on a connection and has both judges judge it.</summary>
/// <param name="peer">Who is judged.</param>
/// <param name="options">How long things may take, and what the peer's limit is.</param>
internal sealed class CaseJudge(PeerRole peer, ConformanceOptions options)
{
    /// <summary>Runs a case on an open connection.</summary>
    /// <param name="one">The case.</param>
    /// <param name="connection">What it runs on.</param>
    /// <param name="agreement">Which compression was agreed on; null for none.</param>
    /// <param name="started">When the case began.</param>
    /// <param name="limit">Ends the case.</param>
    public async Task<ConformanceResult> RunAsync(
        ConformanceCase one, ConformanceConnection connection, DeflateAgreement? agreement, long started, CancellationToken limit)
    {
        var received = new Transcript();
        using MessageDeflater? deflater = agreement is null ? null : new(agreement.JudgeWindow, agreement.JudgeForgets);
        MessageInflater? inflater = agreement is null ? null : new(agreement.PeerWindow, agreement.PeerForgets);
        var reader = new ReplyReader(connection.Stream, received, inflater, peer);
        var run = new CaseRun(one, connection, reader, deflater, received, peer, options.Silence, limit);
        Observation seen = await run.RunAsync().ConfigureAwait(false);
        (Verdict verdict, string reason) = StrictJudge.Judge(one, seen, options.MaxMessageSize);
        (SuiteVerdict suite, SuiteVerdict close, string suiteReason) = SuiteJudge.Judge(one, seen);
        string? closeReason = seen.Close is { Payload.Length: > 2 } frame ? Encoding.UTF8.GetString(frame.Payload.AsSpan(2)) : null;
        return new ConformanceResult
        {
            Case = one,
            Verdict = verdict,
            Reason = reason,
            Suite = suite,
            SuiteClose = close,
            SuiteReason = suiteReason,
            End = new ConnectionEnd(seen.Close?.Code, closeReason, seen.WasClosedByPeer, seen.Stream),
            Duration = Stopwatch.GetElapsedTime(started),
            Request = connection.Request,
            Response = connection.Response,
            Sent = run.Sent,
            Received = received,
        };
    }

    /// <summary>The result of a case that no steps were run of: for want of a connection or an agreement, or it is about those.</summary>
    public static ConformanceResult NotRun(
        ConformanceCase one, Verdict verdict, string reason, long started, string request, string response)
    {
        SuiteVerdict suite = !one.IsEstablished ? SuiteVerdict.Informational
            : verdict == Verdict.Unimplemented ? SuiteVerdict.Unimplemented : SuiteVerdict.Failed;
        return new ConformanceResult
        {
            Case = one,
            Verdict = verdict,
            Reason = reason,
            Suite = suite,
            SuiteClose = suite,
            SuiteReason = one.IsEstablished ? reason : SuiteJudge.NotInSuite,
            End = new ConnectionEnd(null, null, false, response.Length == 0 ? StreamEnd.NeverOpen : StreamEnd.EndedByJudge),
            Duration = Stopwatch.GetElapsedTime(started),
            Request = request,
            Response = response,
            Sent = new Transcript(),
            Received = new Transcript(),
        };
    }
}
