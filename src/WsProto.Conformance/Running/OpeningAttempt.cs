using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Conformance;

/// <summary>What has to become of a request.</summary>
internal enum OpeningEnd
{
    /// <summary>It is to be refused.</summary>
    Refused,

    /// <summary>It is to be accepted.</summary>
    Accepted,

    /// <summary>Either is right; to leave the client waiting is not.</summary>
    Either,
}

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

    /// <summary>What stands before the request line.</summary>
    public string Before { get; init; } = "";

    /// <summary>Whether the target is the whole address (RFC 9112 §3.2.2).</summary>
    public bool IsAbsolute { get; init; }

    /// <summary>How many octets the target has beside its own.</summary>
    public int Padding { get; init; }

    /// <summary>Whether names of fields are in other case, with tabs and spaces around the values.</summary>
    public bool IsOddlyWritten { get; init; }

    /// <summary>Whether each octet is in a write of its own.</summary>
    public bool IsInOctets { get; init; }

    /// <summary>Whether the end of it is missing, as the judge ends its direction of the stream there.</summary>
    public bool IsCut { get; init; }

    /// <summary>What has to become of it.</summary>
    public OpeningEnd End { get; init; }

    /// <summary>The octets of the request.</summary>
    public string Head(Uri server)
    {
        string target = (IsAbsolute ? $"http://{server.Authority}" : "") + server.PathAndQuery;
        if (Padding > 0)
            target += (server.Query.Length == 0 ? "?" : "&") + new string('x', Padding);
        string head = $"{Before}{Method} {target} {Http}\r\n" + (HasHost ? Field("Host", server.Authority) : "")
            + Field("Upgrade", Upgrade) + Field("Connection", Connection) + Field("Sec-WebSocket-Key", Key)
            + Field("Sec-WebSocket-Version", Version) + More + "\r\n";
        return IsCut ? head[..(head.Length / 2)] : head;
    }

    /// <summary>Sends the request, and judges the answer.</summary>
    public async Task<(Verdict Verdict, string Reason, string Response)> RunAsync(
        Socket socket, Stream stream, string head, CancellationToken cancellationToken)
    {
        string[] answer;
        try
        {
            await SendAsync(socket, stream, Encoding.UTF8.GetBytes(head), cancellationToken).ConfigureAwait(false);
            answer = await HttpHead.ReadAsync(stream, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            Verdict dropped = End switch
            {
                OpeningEnd.Accepted => Verdict.Failed,
                OpeningEnd.Refused => Verdict.Lenient,
                _ => Verdict.Informational,
            };
            return (dropped, "the connection ends without an answer", "");
        }
        catch (OperationCanceledException)
        {
            return (Verdict.Failed, "there is no answer", "");
        }

        (Verdict verdict, string reason) = End switch
        {
            OpeningEnd.Accepted => JudgeAccepted(answer),
            OpeningEnd.Refused => JudgeRefused(answer),
            _ => JudgeEither(answer),
        };
        return (verdict, reason, string.Join("\r\n", answer));
    }

    private async Task SendAsync(Socket socket, Stream stream, byte[] octets, CancellationToken cancellationToken)
    {
        try
        {
            foreach (byte[] piece in octets.Chunk(IsInOctets ? 1 : octets.Length))
                await stream.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // The server has seen enough; its answer may be there.
        }

        if (IsCut)
            await ConformanceConnection.EndSendingAsync(stream, socket).ConfigureAwait(false);
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
        string[] offered = HttpHead.FieldIn(More.Split("\r\n"), "Sec-WebSocket-Protocol")?.Split(',', StringSplitOptions.TrimEntries) ?? [];
        if (chosen is not null && !offered.Contains(chosen))
            return (Verdict.Failed, $"the server chooses {chosen}, which was not offered");
        return (Verdict.Ok, "the server opens the WebSocket and agrees to nothing that was not offered");
    }

    private (Verdict Verdict, string Reason) JudgeRefused(string[] answer)
    {
        if (StatusOf(answer) is not { } status || status[0] is not ('4' or '5'))
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

    private (Verdict Verdict, string Reason) JudgeEither(string[] answer)
    {
        if (StatusOf(answer) is not { } status)
            return (Verdict.Failed, $"the server does not answer in HTTP/1.1: {answer[0]}");
        // What was not sent as a whole cannot be accepted.
        if (HttpHead.IsUpgraded(answer))
            return (IsCut ? Verdict.Failed : Verdict.Informational, "the server opens the WebSocket");
        return (Verdict.Informational, $"the server refuses with {status}");
    }

    private static string? StatusOf(string[] answer) =>
        answer[0].Split(' ') is ["HTTP/1.1" or "HTTP/1.0", { Length: 3 } status, ..]
            && int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? status : null;

    private string Field(string name, string? value) =>
        value is null ? "" : IsOddlyWritten ? $"{name.ToUpperInvariant()}:\t{value} \r\n" : $"{name}: {value}\r\n";
}
