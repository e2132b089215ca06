using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using static WsProto.Conformance.CaseTable;

namespace WsProto.Conformance;

/// <summary>25: what comes in one piece with the request or with the answer to it.</summary>
internal static class EarlyDataCases
{
    private const string Requirements = "4.1";

    /// <summary>"At this point, the server may begin sending (and receiving) data." (RFC 6455 §4.2.2)</summary>
    private const string Established = "4.2.2";

    private static readonly SentFrame _text = SentFrame.Text("Hello");
    private static readonly SentFrame[] _fragments = [SentFrame.Text("Hel", fin: false), SentFrame.Ping("between"), SentFrame.Next("lo")];
    private static readonly Reply _echo = Reply.Text("Hello");

    private static readonly byte[] _secondRequest = Encoding.ASCII.GetBytes(
        "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        WithRequest("25.1", "text and Close, in one piece with the request", Step.AtOnce([_text, SentFrame.Close()])),
        WithRequest("25.2", "the first 3 octets of a text, in one piece with the request, the others later", Part(0, 3)) with
        {
            Steps = [Part(3, int.MaxValue), Goodbye],
        },
        new("25.3", "5.1", "a second request, in one piece with the first")
        {
            Early = Step.Octets(_ => _secondRequest),
            End = Ending.Fails(1002),
            WhenRefused = Verdict.Lenient,
            IsForClients = false,
            Expectation = "The server takes what follows for a frame, which it is not, and fails the connection with 1002. It does not "
                + "answer in HTTP; to refuse the request is allowed.",
        },
        new("25.4", "6.3", "request with a Content-Length, and content that looks like frames")
        {
            Document = "9112",
            EarlyFields = "Content-Length: 22\r\n",
            Early = Step.AtOnce([_text, SentFrame.Ping("Hello")]),
            Steps = [Goodbye],
            WhenRefused = Verdict.Ok,
            IsForClients = false,
            Expectation = "The server refuses the request, or does not take its content for frames.",
        },
        WithAnswer("25.5", "text, in one piece with the answer", Step.Of(_text, _echo), [Goodbye]),
        WithAnswer("25.6", "text in 2 fragments and a Ping between, in one piece with the answer",
            Step.AtOnce(_fragments, Reply.Pong("between"), _echo), [Goodbye]),
        WithAnswer("25.7", "the first 3 octets of a text, in one piece with the answer, the others later",
            Part(0, 3), [Part(3, int.MaxValue) with { Replies = [_echo] }, Goodbye]),
        WithAnswer("25.8", "Close, in one piece with the answer", Goodbye, []),
        WithAnswer("25.9", "text and Close, in one piece with the answer", Step.AtOnce([_text, SentFrame.Close()], _echo), []) with
        {
            // The client's application may learn of both at once.
            Lenient = [[]],
        },
        WithAnswer("25.10", "text that is no UTF-8, in one piece with the answer", Step.Of(SentFrame.Text(Utf8Cases.Edited)), []) with
        {
            End = Ending.Fails(1007),
        },
    ];

    private static Step Part(int from, int to) => Step.Octets(masks =>
    {
        byte[] octets = _text.Encode(masks);
        return octets.AsMemory(from, Math.Min(to, octets.Length) - from);
    });

    /// <summary>"Once the client's opening handshake has been sent, the client MUST wait for a response" binds the client alone.</summary>
    private static ConformanceCase WithRequest(string id, string sends, Step early) => new(id, Requirements, sends)
    {
        Early = early,
        IsInformational = true,
        WhenRefused = Verdict.Informational,
        IsForClients = false,
        Expectation = "The client may not do that; the server answers the message, or refuses, or ends the connection, and does not lose "
            + "the message.",
    };

    private static ConformanceCase WithAnswer(string id, string sends, Step early, IEnumerable<Step> steps) => new(id, Established, sends)
    {
        Early = early,
        Steps = steps.ToArray(),
        IsForServers = false,
    };
}
