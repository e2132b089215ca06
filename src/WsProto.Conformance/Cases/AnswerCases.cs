using System.Collections.Generic;
using System.Linq;
using System.Text;
using static WsProto.Conformance.CaseTable;

namespace WsProto.Conformance;

/// <summary>27: answers to a client's opening handshake. Those that it must not take come last.</summary>
internal static class AnswerCases
{
    private const string Requirements = "4.1";
    private const int Mebibyte = 1 << 20;

    private static readonly SentFrame _text = SentFrame.Text("Hello");
    private static readonly byte[] _frame = _text.Encode(masks: false);
    private static readonly Reply _echo = Reply.Text("Hello");
    private static readonly AnswerAttempt _refusal = new() { Upgrade = null, Connection = "close", Accept = _ => null, EndsSending = true };

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        Right("27.1", Requirements, "answer in single octets", new() { IsInOctets = true }),
        Right("27.2", Requirements, "answer with tokens in other case and in a list, and names of fields in other case",
            new() { Upgrade = "WebSocket", Connection = "keep-alive, uPGRADE", IsOddlyWritten = true }),
        Right("27.3", "4", "answer with other words behind the status", new() { StatusLine = "HTTP/1.1 101 Why not" })
            with { Document = "9112" },
        Right("27.4", "4", "answer without words behind the status", new() { StatusLine = "HTTP/1.1 101 " }) with { Document = "9112" },
        Either("27.5", "9110", "15.2", "an answer of 103 before that of 101",
            new() { Before = "HTTP/1.1 103 Early Hints\r\nX-Other: 1\r\n\r\n" }),
        Either("27.6", "9112", "6.3", "answer with a Content-Length, which has no meaning there, and a text and a Close behind it",
            new() { More = "Content-Length: 11\r\n" }) with
        {
            Early = Step.AtOnce([_text, SentFrame.Close()]),
            Steps = [],
            Expectation = "The client takes what follows for frames, or fails the connection; it does not take it for content.",
        },
        Either("27.7", "6585", "5", "answer with header fields of 1 MiB",
            new() { More = string.Concat(Enumerable.Repeat($"X-Other: {new string('x', 1024)}\r\n", Mebibyte / 1024)) }),
        Wrong("27.8", "answer to another key", new() { Accept = _ => HttpHead.AcceptFor("MTIzNDU2Nzg5MDEyMzQ1Ng==") }),
        Wrong("27.9", "answer to the key in other case", new() { Accept = InOtherCase }),
        Wrong("27.10", "answer without Sec-WebSocket-Accept", new() { Accept = _ => null }),
        Wrong("27.11", "answer without Upgrade", new() { Upgrade = null }),
        Wrong("27.12", "answer that upgrades to something else", new() { Upgrade = "h2c" }),
        Wrong("27.13", "answer without Connection", new() { Connection = null }),
        Wrong("27.14", "answer with an extension that nobody offered", new() { More = "Sec-WebSocket-Extensions: x-unknown\r\n" }),
        Wrong("27.15", "answer with a parameter that permessage-deflate does not have",
            new() { More = "Sec-WebSocket-Extensions: permessage-deflate; x-unknown\r\n" }) with { Document = "7692", Section = "7.1" },
        Wrong("27.16", "answer with a subprotocol that nobody offered", new() { More = "Sec-WebSocket-Protocol: x-unknown\r\n" }),
        Wrong("27.17", "answer of 200 that is right otherwise", new() { StatusLine = "HTTP/1.1 200 OK", EndsSending = true }),
        Wrong("27.18", "answer that is not of HTTP",
            new() { StatusLine = "SSH-2.0-x", Upgrade = null, Connection = null, Accept = _ => null }),
        Refusal("27.19", "answer of 302", _refusal with
        {
            StatusLine = "HTTP/1.1 302 Found",
            More = "Location: /elsewhere\r\nContent-Length: 0\r\n",
        }),
        Refusal("27.20", "answer of 401", _refusal with
        {
            // No browser knows the scheme, and asks for a password.
            StatusLine = "HTTP/1.1 401 Unauthorized",
            More = "WWW-Authenticate: X-Unknown\r\nContent-Length: 0\r\n",
        }),
        Refusal("27.21", "answer of 503 with content", _refusal with
        {
            StatusLine = "HTTP/1.1 503 Service Unavailable",
            More = "Content-Length: 7\r\n",
            Follows = Encoding.ASCII.GetBytes("Not now"),
        }),
    ];

    private static ConformanceCase Right(string id, string section, string sends, AnswerAttempt answer) =>
        Closing(id, section, sends, Step.Of(_text, _echo)) with
        {
            Answer = answer with { IsRight = true },
            IsForServers = false,
            Expectation = "The client opens the WebSocket, and sends the text back.",
        };

    private static ConformanceCase Either(string id, string document, string section, string sends, AnswerAttempt answer) =>
        Right(id, section, sends, answer) with
        {
            Document = document,
            IsInformational = true,
            Expectation = "The client opens the WebSocket, or ends the connection.",
        };

    private static ConformanceCase Wrong(string id, string sends, AnswerAttempt answer) => new(id, Requirements, sends)
    {
        Answer = answer with { Follows = _frame },
        IsForServers = false,
        Expectation = "The client fails the connection: it ends it, and sends nothing.",
    };

    private static ConformanceCase Refusal(string id, string sends, AnswerAttempt answer) => new(id, Requirements, sends)
    {
        Answer = answer,
        IsForServers = false,
        Expectation = "The client does not open the WebSocket, and ends the connection, whatever it does next on another.",
    };

    private static string InOtherCase(string accept) =>
        string.Concat(accept.Select(letter => char.IsUpper(letter) ? char.ToLowerInvariant(letter) : char.ToUpperInvariant(letter)));
}
