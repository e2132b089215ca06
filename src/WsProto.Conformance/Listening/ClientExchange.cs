// What a client gets for its request: a case, an answer in one message, a page, or a refusal.

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;

namespace WsProto.Conformance;

internal sealed class ClientExchange(
    IReadOnlyList<ConformanceCase> cases,
    ConformanceOptions options,
    JudgedClients clients,
    ChannelWriter<ConformanceResult> results,
    ChannelWriter<string> reports)
{
    private readonly CaseJudge _judge = new(PeerRole.Client, options);

    /// <summary>Serves a connection.</summary>
    /// <param name="socket">Ends with it.</param>
    /// <param name="stream">The octets.</param>
    /// <param name="limit">Ends the case.</param>
    /// <param name="stop">Whether that is because the listener stops, so that there is no result.</param>
    public async Task ServeAsync(Socket socket, Stream stream, CancellationToken limit, CancellationToken stop)
    {
        long started = Stopwatch.GetTimestamp();
        OpeningRequest request = OpeningRequest.Read(await HttpHead.ReadAsync(stream, limit).ConfigureAwait(false));
        if (!request.IsUpgrade)
        {
            await ShowAsync(stream, request, limit).ConfigureAwait(false);
        }
        else if (request.Path == "/runCase")
        {
            await JudgeAsync(socket, stream, request, started, limit, stop).ConfigureAwait(false);
        }
        else if (await AnswerToAsync(request, limit).ConfigureAwait(false) is { } answer)
        {
            await AnswerAsync(socket, stream, request, answer, limit).ConfigureAwait(false);
            if (request.Path == "/updateReports")
                reports.TryWrite(request.Agent);
        }
        else
        {
            await RefuseAsync(stream, "404 Not Found", "There is no such address.", limit).ConfigureAwait(false);
        }
    }

    private async Task<string?> AnswerToAsync(OpeningRequest request, CancellationToken limit)
    {
        if (request.Path is "/getCaseStatus" or "/updateReports")
            await clients.WhenIdleAsync(request.Agent, limit).ConfigureAwait(false);
        return AnswerTo(request);
    }

    /// <summary>The message that answers a question; empty for none.</summary>
    private string? AnswerTo(OpeningRequest request) => request.Path switch
    {
        "/getCaseCount" => cases.Count.ToString(CultureInfo.InvariantCulture),
        "/updateReports" => "",
        "/getCaseInfo" when CaseIn(request) is { } one =>
            $$"""{"id":{{Quote(one.Id)}},"description":{{Quote(one.Title)}},"expectation":{{Quote(one.Expectation)}}"""
            + $$""","rule":{{Quote(one.Rule)}}}""",
        "/getCaseStatus" when CaseIn(request) is { } one && clients.ResultOf(request.Agent, one) is { } result =>
            $$"""{"behavior":{{Quote(result.Suite.Name)}},"verdict":{{Quote(result.Verdict.Name)}},"reason":{{Quote(result.Reason)}}}""",
        "/getCaseStatus" when CaseIn(request) is not null => """{"behavior":"MISSING","verdict":"missing","reason":"it was not run"}""",
        _ => null,
    };

    private ConformanceCase? CaseIn(OpeningRequest request) =>
        request.Case >= 1 && request.Case <= cases.Count ? cases[request.Case - 1] : null;

    private static string Quote(string text) => $"\"{JsonEncodedText.Encode(text)}\"";

    private async Task JudgeAsync(
        Socket socket, Stream stream, OpeningRequest request, long started, CancellationToken limit, CancellationToken stop)
    {
        if (CaseIn(request) is not { } one)
        {
            string range = string.Create(CultureInfo.InvariantCulture, $"The cases are 1 to {cases.Count}.");
            await RefuseAsync(stream, "404 Not Found", range, limit).ConfigureAwait(false);
            return;
        }

        using JudgedClients.RunningCase? running = clients.TryBegin(request.Agent);
        if (running is null)
        {
            await RefuseAsync(stream, "503 Service Unavailable", "There are too many names of clients.", limit).ConfigureAwait(false);
            return;
        }

        ConformanceResult result;
        if (request.Fault is { } fault)
        {
            await RefuseAsync(stream, "400 Bad Request", $"This is no opening handshake: {fault}.", limit).ConfigureAwait(false);
            result = CaseJudge.NotRun(one, Verdict.Failed, $"the request is no opening handshake: {fault}", started, request.Head, "");
        }
        else
        {
            result = await RunAsync(socket, stream, request, one, started, limit).ConfigureAwait(false);
        }

        if (stop.IsCancellationRequested)
            return;
        result = result with { Agent = request.Agent };
        clients.Add(request.Agent, result);
        results.TryWrite(result);
    }

    private async Task<ConformanceResult> RunAsync(
        Socket socket, Stream stream, OpeningRequest request, ConformanceCase one, long started, CancellationToken limit)
    {
        (DeflateAgreement Agreement, string Answer)? agreed =
            one.Offers.Count > 0 && request.Extensions is { } offered ? DeflateAgreement.Accept(offered, one.Offers) : null;
        AnswerAttempt answer = one.Answer ?? AnswerAttempt.Usual;
        string head = answer.Head(request.Key!, agreed?.Answer);
        var connection = new ConformanceConnection(stream, request.Extensions, socket)
        {
            Request = request.Head,
            Response = head.TrimEnd(),
        };
        if (!answer.IsRight)
            return await answer.JudgeAsync(one, connection, head, started, options.Silence, limit).ConfigureAwait(false);
        byte[] early = one.Early?.Join(masks: false) ?? [];
        await TryAnswerAsync(stream, answer, [.. Encoding.ASCII.GetBytes(head), .. early], limit).ConfigureAwait(false);
        if (one.Offers.Count == 0 || agreed is not null)
            return await _judge.RunAsync(one, connection, agreed?.Agreement, started, limit).ConfigureAwait(false);
        await CloseAsync(connection, "", limit).ConfigureAwait(false);
        const string Declined = "the client offers no compression that the case needs";
        return CaseJudge.NotRun(one, Verdict.Unimplemented, Declined, started, request.Head, connection.Response);
    }

    private static async Task AnswerAsync(Socket socket, Stream stream, OpeningRequest request, string answer, CancellationToken limit)
    {
        if (request.Fault is { } fault)
        {
            await RefuseAsync(stream, "400 Bad Request", $"This is no opening handshake: {fault}.", limit).ConfigureAwait(false);
            return;
        }

        byte[] head = Encoding.ASCII.GetBytes(AnswerAttempt.Usual.Head(request.Key!, null));
        await AnswerAttempt.Usual.SendAsync(stream, head, limit).ConfigureAwait(false);
        await CloseAsync(new ConformanceConnection(stream, null, socket), answer, limit).ConfigureAwait(false);
    }

    /// <summary>Sends a message, closes, and waits for the other end's Close.</summary>
    private static async Task CloseAsync(ConformanceConnection connection, string message, CancellationToken limit)
    {
        SentFrame[] frames = message.Length == 0 ? [SentFrame.Close()] : [SentFrame.Text(message), SentFrame.Close()];
        await connection.Stream.WriteAsync(SentFrame.Join(frames, masks: false), limit).ConfigureAwait(false);
        var reader = new ReplyReader(connection.Stream, new Transcript(), null, PeerRole.Client);
        while (await reader.ReadAsync(limit).ConfigureAwait(false) is { Kind: not ReplyKind.Close })
        {
            // Nothing else is of interest.
        }

        await connection.EndSendingAsync().ConfigureAwait(false);
        await connection.Stream.CopyToAsync(Stream.Null, limit).ConfigureAwait(false);
    }

    /// <summary>Answers as a case wants it. A client that has gone meanwhile is judged all the same.</summary>
    private static async Task TryAnswerAsync(Stream stream, AnswerAttempt answer, byte[] octets, CancellationToken limit)
    {
        try
        {
            await answer.SendAsync(stream, octets, limit).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // What it said before is still to be read.
        }
    }

    private static Task ShowAsync(Stream stream, OpeningRequest request, CancellationToken limit) => request.Path switch
    {
        "/" => RespondAsync(stream, "200 OK", "text/html; charset=utf-8", BrowserPage.Html, limit),
        _ => RefuseAsync(stream, "404 Not Found", "There is no such page; / is one.", limit),
    };

    private static Task RefuseAsync(Stream stream, string status, string reason, CancellationToken limit) =>
        RespondAsync(stream, status, "text/plain; charset=utf-8", reason + "\n", limit);

    private static async Task RespondAsync(Stream stream, string status, string type, string body, CancellationToken limit)
    {
        byte[] octets = Encoding.UTF8.GetBytes(body);
        string head = string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {status}\r\nContent-Type: {type}\r\nContent-Length: {octets.Length}\r\nConnection: close\r\n\r\n");
        await stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. octets], limit).ConfigureAwait(false);
        await stream.FlushAsync(limit).ConfigureAwait(false);
    }
}
