using System;
using System.Collections.Generic;
using System.Linq;

namespace WsProto.Conformance;

/// <summary>26: the judge ends its direction of the stream, and still reads.</summary>
internal static class HalfCloseCases
{
    private const string Closing = "5.5.1";

    /// <summary>Without a Close the code is 1006, which is never sent.</summary>
    private const string NoClose = "7.1.5";

    private const string Hello = "Hello";

    private static readonly SentFrame _text = SentFrame.Text(Hello);
    private static readonly byte[] _large = [.. Enumerable.Repeat((byte)'*', 256 << 10)];

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        Ended("26.1", Closing, "Close, then the end of the stream", Step.Of(SentFrame.Close())),
        Ended("26.2", Closing, "text and Close, then the end of the stream",
            Step.AtOnce([_text, SentFrame.Close()], Reply.Text(Hello))) with
        {
            Lenient = [[]],
            Expectation = "The text comes back, and the Close is answered with 1000; without the text it is lenient.",
        },
        Ended("26.3", Closing, "text of 256 KiB and Close, then the end of the stream",
            Step.AtOnce([SentFrame.Text(_large), SentFrame.Close()], Reply.Text(_large))) with
        {
            Lenient = [[]],
            LargestMessage = _large.Length,
            Expectation = "The text comes back, and the Close is answered with 1000; without the text it is lenient.",
        },
        Cut("26.4", "the end of the stream without a Close", []),
        Ended("26.5", NoClose, "text, then the end of the stream without a Close", Step.Of(_text)) with
        {
            IsInformational = true,
            Expectation = "The peer ends the connection, whether the text comes back or not.",
        },
        Ended("26.6", NoClose, "text of 256 KiB, then the end of the stream without a Close, while the peer may still send",
            Step.Of(SentFrame.Text(_large))) with
        {
            IsInformational = true,
            Expectation = "The peer ends the connection, whether the text comes back or not.",
        },
        Cut("26.7", "the end of the stream in the header of a frame", _text, 1),
        Cut("26.8", "the end of the stream in the payload of a text", _text, -2),
        Cut("26.9", "the end of the stream in the payload of a Ping", SentFrame.Ping(Hello), -2),
        Cut("26.10", "the end of the stream between 2 fragments", [SentFrame.Text(Hello, fin: false)]),
        Cut("26.11", "the end of the stream in the payload of a Close", SentFrame.Close(1000, Hello), -2),
        Ended("26.12", "4.2.1", "the end of the stream behind the request") with
        {
            Early = Step.AtOnce([]),
            Steps = [],
            IsInformational = true,
            WhenRefused = Verdict.Informational,
            IsForClients = false,
            Expectation = "The server opens the WebSocket or not, and ends the connection.",
        },
        new("26.13", "4.2.1", "the end of the stream in the middle of the request")
        {
            Opening = new OpeningAttempt { IsCut = true, End = OpeningEnd.Either },
            IsInformational = true,
            IsForClients = false,
            Expectation = "The server refuses, or ends the connection without an answer.",
        },
        Cut("26.14", "the end of the stream behind the answer", []) with
        {
            Early = Step.AtOnce([]),
            Steps = [],
            IsForServers = false,
        },
        Unanswered("26.15", "the end of the stream in place of an answer", 0),
        Unanswered("26.16", "the end of the stream in the middle of the answer", 50),
    ];

    private static ConformanceCase Ended(string id, string section, string sends, params IReadOnlyList<Step> steps) =>
        new(id, section, sends) { Steps = steps, EndsSending = true };

    /// <summary>The peer has nothing to answer, and nobody to wait for.</summary>
    private static ConformanceCase Cut(string id, string sends, IReadOnlyList<SentFrame> frames) =>
        Ended(id, NoClose, sends, Step.ByFrames(frames)) with { End = Ending.Any };

    /// <param name="id">Its number.</param>
    /// <param name="sends">What is sent.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="octets">How many of its octets are sent; how many are not, where it is negative.</param>
    private static ConformanceCase Cut(string id, string sends, SentFrame frame, int octets) =>
        Ended(id, NoClose, sends, Step.Octets(masks => Part(frame.Encode(masks), octets))) with { End = Ending.Any };

    private static ReadOnlyMemory<byte> Part(byte[] whole, int octets) => whole.AsMemory(0, octets < 0 ? whole.Length + octets : octets);

    private static ConformanceCase Unanswered(string id, string sends, int part) => new(id, "4.1", sends)
    {
        Answer = new AnswerAttempt { Part = part, EndsSending = true },
        IsForServers = false,
        Expectation = "The client ends the connection, and sends nothing.",
    };
}
