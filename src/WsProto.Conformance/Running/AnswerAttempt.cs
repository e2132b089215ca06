using System;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Conformance;

/// <summary>
/// An answer to a client's request. One that is right opens the WebSocket, however it is written, and the case goes on with its steps; one
/// that is wrong has to make the client fail the connection (RFC 6455 §4.1).
/// </summary>
internal sealed record AnswerAttempt
{
    /// <summary>The usual answer.</summary>
    public static AnswerAttempt Usual { get; } = new() { IsRight = true };

    public string StatusLine { get; init; } = "HTTP/1.1 101 Switching Protocols";

    public string? Upgrade { get; init; } = "websocket";

    public string? Connection { get; init; } = "Upgrade";

    /// <summary>What is made of the right Sec-WebSocket-Accept; null for no such field.</summary>
    public Func<string, string?> Accept { get; init; } = accept => accept;

    /// <summary>More header lines.</summary>
    public string More { get; init; } = "";

    /// <summary>What stands before the status line.</summary>
    public string Before { get; init; } = "";

    /// <summary>What follows the head, and would be a frame of a client's that takes the WebSocket for open.</summary>
    public byte[] Follows { get; init; } = [];

    /// <summary>Whether names of fields are in other case, with tabs and spaces around the values.</summary>
    public bool IsOddlyWritten { get; init; }

    /// <summary>Whether each octet is in a write of its own.</summary>
    public bool IsInOctets { get; init; }

    /// <summary>How much of the head is sent, in percent.</summary>
    public int Part { get; init; } = 100;

    /// <summary>Whether the judge ends its direction of the stream behind it.</summary>
    public bool EndsSending { get; init; }

    /// <summary>Whether it opens the WebSocket.</summary>
    public bool IsRight { get; init; }

    /// <summary>The head of the answer, with its empty line.</summary>
    /// <param name="key">The client's key.</param>
    /// <param name="extensions">What was agreed on; null for nothing.</param>
    public string Head(string key, string? extensions)
    {
        string head = $"{Before}{StatusLine}\r\n" + Field("Upgrade", Upgrade) + Field("Connection", Connection)
            + Field("Sec-WebSocket-Accept", Accept(HttpHead.AcceptFor(key))) + Field("Sec-WebSocket-Extensions", extensions)
            + More + "\r\n";
        return head[..(int)((long)head.Length * Part / 100)];
    }

    /// <summary>Sends octets as the attempt wants them sent.</summary>
    public async Task SendAsync(Stream stream, byte[] octets, CancellationToken cancellationToken)
    {
        foreach (byte[] piece in octets.Chunk(IsInOctets ? 1 : Math.Max(1, octets.Length)))
        {
            await stream.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
            await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Sends an answer that is wrong, and judges what the client does: it must end the connection, and send no message.</summary>
    /// <param name="one">The case.</param>
    /// <param name="connection">What it runs on.</param>
    /// <param name="head">The head of the answer.</param>
    /// <param name="started">When the case began.</param>
    /// <param name="silence">How long nothing may come.</param>
    /// <param name="limit">Ends the case.</param>
    public async Task<ConformanceResult> JudgeAsync(
        ConformanceCase one, ConformanceConnection connection, string head, long started, TimeSpan silence, CancellationToken limit)
    {
        var sent = new Transcript();
        var received = new Transcript();
        sent.Add(Follows);
        var reader = new ReplyReader(connection.Stream, received, null, PeerRole.Client);
        Outcome outcome;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(limit);
        patience.CancelAfter(silence);
        try
        {
            await TrySendAsync(connection, head, patience.Token).ConfigureAwait(false);
            outcome = await ReadAsync(reader, patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            outcome = new Outcome(Verdict.Failed, "the connection stays open", null);
        }

        StreamEnd end = patience.IsCancellationRequested ? StreamEnd.LeftOpen
            : outcome.Verdict == Verdict.Failed ? StreamEnd.EndedByJudge
            : reader.WasReset ? StreamEnd.Reset : StreamEnd.Ended;
        return CaseJudge.NotRun(one, outcome.Verdict, outcome.Reason, started, connection.Request, head.TrimEnd()) with
        {
            Sent = sent,
            Received = received,
            End = new ConnectionEnd(outcome.Close?.Code, null, outcome.Close is not null, end),
        };
    }

    /// <summary>Reads what the client sends, which should be nothing.</summary>
    private static async Task<Outcome> ReadAsync(ReplyReader reader, CancellationToken cancellationToken)
    {
        Reply? reply = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (reader.Fault is { } fault)
            return new Outcome(Verdict.Failed, $"the client does not fail the connection: {fault}", null);
        if (reply is null)
            return new Outcome(Verdict.Ok, "the client ends the connection", null);
        if (reply.Kind != ReplyKind.Close)
            return new Outcome(Verdict.Failed, $"the client takes the WebSocket for open, and sends {reply}", null);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return new Outcome(Verdict.Lenient, $"the client sends a Close with {reply.Code} on a connection that is not open", reply);
    }

    private async Task TrySendAsync(ConformanceConnection connection, string head, CancellationToken cancellationToken)
    {
        try
        {
            await SendAsync(connection.Stream, [.. Encoding.Latin1.GetBytes(head), .. Follows], cancellationToken).ConfigureAwait(false);
            if (EndsSending)
                await connection.EndSendingAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // The client has seen enough.
        }
    }

    private string Field(string name, string? value) =>
        value is null ? "" : IsOddlyWritten ? $"{name.ToLowerInvariant()}:\t{value} \r\n" : $"{name}: {value}\r\n";

    private sealed record Outcome(Verdict Verdict, string Reason, Reply? Close);
}
