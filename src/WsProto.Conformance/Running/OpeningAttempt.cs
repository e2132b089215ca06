using System;
using System.IO;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Conformance;

/// <summary>A request that is right but for one thing, and the judgement of its answer (RFC 6455 §4.2).</summary>
internal sealed record OpeningAttempt
{
    private const string Sample = "dGhlIHNhbXBsZSBub25jZQ==";

    public string Method { get; init; } = "GET";

    public string Http { get; init; } = "HTTP/1.1";

    public bool HasHost { get; init; } = true;

    public string? Upgrade { get; init; } = "websocket";

    public string? Connection { get; init; } = "Upgrade";

    public string? Key { get; init; } = Sample;

    public string Version { get; init; } = "13";

    /// <summary>More header lines.</summary>
    public string More { get; init; } = "";

    /// <summary>Whether it is to be accepted.</summary>
    public bool IsRight { get; init; }

    /// <summary>The octets of the request.</summary>
    public string Head(Uri server) => $"{Method} {server.PathAndQuery} {Http}\r\n"
        + (HasHost ? $"Host: {server.Authority}\r\n" : "")
        + Field("Upgrade", Upgrade) + Field("Connection", Connection) + Field("Sec-WebSocket-Key", Key)
        + Field("Sec-WebSocket-Version", Version) + More + "\r\n";

    /// <summary>Sends the request, and judges the answer.</summary>
    public async Task<(Verdict Verdict, string Reason, string Response)> RunAsync(
        Stream stream, string head, CancellationToken cancellationToken)
    {
        string[] answer;
        try
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(head), cancellationToken).ConfigureAwait(false);
            answer = await HttpHead.ReadAsync(stream, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return (IsRight ? Verdict.Failed : Verdict.Lenient, "the connection ends without an answer", "");
        }
        catch (OperationCanceledException)
        {
            return (Verdict.Failed, "there is no answer", "");
        }

        (Verdict verdict, string reason) = IsRight ? JudgeAccepted(answer) : JudgeRefused(answer);
        return (verdict, reason, string.Join("\r\n", answer));
    }

    private (Verdict Verdict, string Reason) JudgeAccepted(string[] answer)
    {
        if (!HttpHead.IsUpgraded(answer))
            return (Verdict.Failed, $"the server refuses: {answer[0]}");
        if (HttpHead.FaultOf(answer, Sample) is { } fault)
            return (Verdict.Failed, fault);
        if (HttpHead.FieldIn(answer, "Sec-WebSocket-Extensions") is { } extensions)
            return (Verdict.Failed, $"the server agrees to the extension {extensions}");
        string? chosen = HttpHead.FieldIn(answer, "Sec-WebSocket-Protocol");
        if (chosen is not null && !More.Contains($"Protocol: {chosen}\r", StringComparison.Ordinal))
            return (Verdict.Failed, $"the server chooses {chosen}, which was not offered");
        return (Verdict.Ok, "the server opens the WebSocket and agrees to nothing that was not offered");
    }

    private (Verdict Verdict, string Reason) JudgeRefused(string[] answer)
    {
        if (answer[0].Split(' ') is not [_, ['4' or '5', _, _] status, ..])
            return (Verdict.Failed, $"the server does not refuse: {answer[0]}");
        bool isAboutVersion = Version != "13";
        if (!isAboutVersion)
            return (Verdict.Ok, $"the server refuses with {status}");
        // "MUST ... abort the WebSocket handshake ... and instead send an appropriate HTTP error code (such as 426 Upgrade Required) and a
        // |Sec-WebSocket-Version| header field indicating the version(s) the server is capable of understanding." (§4.2.2)
        return HttpHead.FieldIn(answer, "Sec-WebSocket-Version") is { } versions
            ? (status == "426" ? Verdict.Ok : Verdict.Lenient, $"the server refuses with {status} and takes the versions {versions}")
            : (Verdict.Lenient, $"the server refuses with {status} and does not say which versions it takes");
    }

    private static string Field(string name, string? value) => value is null ? "" : $"{name}: {value}\r\n";
}
