namespace WsProto.Adapters.Tests;

/// <summary>Why ours does something else than the base class library's WebSocket, and where.</summary>
internal sealed record WebSocketDifference(string Title, string Reason, IReadOnlyList<WebSocketDifferenceCase> Cases);

/// <summary>A scenario whose steps differ: in one role, or in both.</summary>
internal sealed record WebSocketDifferenceCase(string Scenario, ConnectionRole? Role, IReadOnlyList<(string Theirs, string Ours)> Steps);

/// <summary>Every difference between ours and the base class library's. What is not in here is the same.</summary>
internal static class WebSocketDifferences
{
    internal static IReadOnlyList<WebSocketDifference> All { get; } =
    [
        new(
            "Cancelling.",
            "Cancelling a receive or a close ends the waiting and nothing else, so a receive with a timeout loses no message; "
                + "the library's aborts the connection. `Abort` is there for that.",
            [
                new("receive cancelled before", null,
                [
                    ("receive(64): fails with OperationCanceledException [Aborted]",
                        "receive(64): fails with OperationCanceledException [Open]"),
                    ("receive(64): fails with WebSocketException(InvalidState) [Aborted]",
                        "receive(64): Text 'hello' [Open]"),
                ]),
                new("receive cancelled while waiting", null,
                [
                    ("receive, cancelled: fails with OperationCanceledException [Aborted]",
                        "receive, cancelled: fails with OperationCanceledException [Open]"),
                    ("send(Text 'still there'): fails with WebSocketException(InvalidState) [Aborted]",
                        "send(Text 'still there'): done [Open]"),
                    ("the peer saw: lost",
                        "the peer saw: Text 'still there', lost"),
                ]),
                new("close cancelled while waiting", null,
                [
                    ("close, cancelled: fails with OperationCanceledException [Aborted]",
                        "close, cancelled: fails with OperationCanceledException [CloseSent]"),
                    ("close output(1000): fails with WebSocketException(InvalidState) [Aborted]",
                        "close output(1000): fails with WebSocketException(InvalidState) [CloseSent]"),
                ]),
            ]),
        new(
            "Pings.",
            "A session reads by itself, so that Pings are answered while nobody receives.",
            [
                new("never receive a Ping", null,
                [
                    ("the peer saw: Text 'x', lost",
                        "the peer saw: Pong 'are you there', Text 'x', lost"),
                ]),
            ]),
        new(
            "Limits.",
            "A session keeps limits: `WsConnectionOptions.MaxMessageSize` is 1 MiB by default, and null for the library's behaviour.",
            [
                new("receive a message above MaxMessageSize", null,
                [
                    ("receive(2000000): Binary 1048577 bytes [Open]",
                        "receive(2000000): fails with WebSocketException(Faulted) [Aborted]"),
                    ("the peer saw: lost",
                        "the peer saw: Close 1009 a message of 1048577 bytes or more, 1048576 are allowed"),
                ]),
            ]),
        new(
            "Fragments.",
            "Messages are delivered whole. `MessageDelivery.Chunks` delivers pieces as they arrive, as the library does.",
            [
                new("receive a message in fragments", null,
                [
                    ("receive(64): Text 'one '… [Open]",
                        "receive(64): Text 'one two' [Open]"),
                    ("receive(64): Text 'two' [Open]",
                        "receive(64): Text 'three' [Open]"),
                ]),
                new("the peer closes in the middle of its message", null,
                [
                    ("receive(64): Text 'half'… [Open]",
                        "receive(64): Close [CloseReceived]"),
                    ("receive(64): Close [CloseReceived]",
                        "(nothing more): done [CloseReceived]"),
                ]),
                new("the transport ends inside a message", null,
                [
                    ("receive(64): Binary 0x0102… [Open]",
                        "receive(64): fails with WebSocketException(ConnectionClosedPrematurely) [Aborted]"),
                    ("receive(64): fails with WebSocketException(ConnectionClosedPrematurely) [Aborted]",
                        "receive(64): fails with WebSocketException(InvalidState) [Aborted]"),
                ]),
            ]),
        new(
            "Receives at once.",
            "One receive at a time, as `WebSocket` documents it. The library's queues a second one, which helps nobody: pieces of messages "
                + "go to whoever comes first.",
            [
                new("two receives at once", null,
                [
                    ("receive, second: Text 'two' [Open]",
                        "receive, second: fails with InvalidOperationException [Open]"),
                ]),
            ]),
        new(
            "UTF-8.",
            "Text that goes out is UTF-8, a MUST of RFC 6455 §5.6 (§8.1: the peer would fail the connection). "
                + "The library's sends what it is given.",
            [
                new("send text that is not UTF-8", null,
                [
                    ("send(Text 0x61FF): done [Open]",
                        "send(Text 0x61FF): throws ArgumentException [Open]"),
                    ("the peer saw: broken by InvalidUtf8",
                        "the peer saw: Text 'next', lost"),
                ]),
                new("send text that ends inside a character", null,
                [
                    ("send(Text 0x61E282): done [Open]",
                        "send(Text 0x61E282): throws ArgumentException [Open]"),
                    ("the peer saw: broken by InvalidUtf8",
                        "the peer saw: Text 'next', lost"),
                ]),
            ]),
        new(
            "After the peer's Close.",
            "After the peer's Close only a message that was begun is finished (RFC 6455 §5.5.1: an endpoint may delay its Close \"until "
                + "its current message is sent\"). The library's sends more to a peer that no longer listens. The state is what was "
                + "received; what has arrived may be ahead of it.",
            [
                new("the peer closes, and more is sent", null,
                [
                    ("send(Text 'one more'): done [CloseReceived]",
                        "send(Text 'one more'): fails with WebSocketException(InvalidState) [CloseReceived]"),
                    ("the peer saw: Text 'one more', Close 1000",
                        "the peer saw: Close 1000"),
                ]),
                new("the peer closes behind a message, and more is sent", null,
                [
                    ("send(Text 'one more'): done [Open]",
                        "send(Text 'one more'): fails with WebSocketException(InvalidState) [Open]"),
                    ("the peer saw: Text 'one more', Close 1000",
                        "the peer saw: Close 1000"),
                ]),
            ]),
        new(
            "Close codes.",
            "Codes that MUST NOT be sent are refused (RFC 6455 §7.4). The library's sends them, and the peer fails the connection.",
            [
                new("close with code 1004", null,
                [
                    ("close output(1004): done [CloseSent]",
                        "close output(1004): fails with ArgumentOutOfRangeException [Open]"),
                    ("the peer saw: broken by InvalidCloseCode",
                        "the peer saw: lost"),
                ]),
                new("close with code 1016", null,
                [
                    ("close output(1016): done [CloseSent]",
                        "close output(1016): fails with ArgumentOutOfRangeException [Open]"),
                    ("the peer saw: broken by InvalidCloseCode",
                        "the peer saw: lost"),
                ]),
                new("close with code 5000", null,
                [
                    ("close output(5000): done [CloseSent]",
                        "close output(5000): fails with ArgumentOutOfRangeException [Open]"),
                    ("the peer saw: broken by InvalidCloseCode",
                        "the peer saw: lost"),
                ]),
                new("close with code 1010", ConnectionRole.Server,
                [
                    ("close output(1010): done [CloseSent]",
                        "close output(1010): fails with ArgumentOutOfRangeException [Open]"),
                    ("the peer saw: Close 1010",
                        "the peer saw: lost"),
                ]),
            ]),
        new(
            "A Close without a code.",
            "`Empty` sends a Close without a code, which is what 1005 means (RFC 6455 §7.4.1); the library's puts 1005 on the wire, "
                + "which MUST NOT be.",
            [
                new("close without a code", null,
                [
                    ("the peer saw: broken by InvalidCloseCode",
                        "the peer saw: Close 1005"),
                ]),
            ]),
        new(
            "Lone surrogates.",
            "`EncoderFallbackException` is an `ArgumentException` too; code that depends on which one depends on an encoder.",
            [
                new("close with a reason that holds a lone surrogate", null,
                [
                    ("close(1000): fails with EncoderFallbackException [Open]",
                        "close(1000): fails with ArgumentException [Open]"),
                    ("close output(1000): fails with EncoderFallbackException [Open]",
                        "close output(1000): fails with ArgumentException [Open]"),
                ]),
            ]),
        new(
            "A broken Close.",
            "A Close that breaks the rules is no Close, so the state is Aborted as after any violation. "
                + "The code is that of the RFC: 1007 for what is not UTF-8 (§8.1).",
            [
                new("the peer sends a Close of one byte", null,
                [
                    ("receive(64): fails with WebSocketException(Faulted) [Closed]",
                        "receive(64): fails with WebSocketException(Faulted) [Aborted]"),
                    ("status: is no status [Closed]",
                        "status: is no status [Aborted]"),
                    ("send(Text 'x'): fails with WebSocketException(InvalidState) [Closed]",
                        "send(Text 'x'): fails with WebSocketException(InvalidState) [Aborted]"),
                    ("the peer saw: Close 1002",
                        "the peer saw: Close 1002 a Close with a body of one byte"),
                ]),
                new("the peer sends a Close with code 999", null,
                [
                    ("receive(64): fails with WebSocketException(Faulted) [Closed]",
                        "receive(64): fails with WebSocketException(Faulted) [Aborted]"),
                    ("status: is no status [Closed]",
                        "status: is no status [Aborted]"),
                    ("send(Text 'x'): fails with WebSocketException(InvalidState) [Closed]",
                        "send(Text 'x'): fails with WebSocketException(InvalidState) [Aborted]"),
                    ("the peer saw: Close 1002",
                        "the peer saw: Close 1002 close code 999 may not be sent"),
                ]),
                new("the peer sends a Close whose reason is not UTF-8", null,
                [
                    ("receive(64): fails with WebSocketException(Faulted) [Closed]",
                        "receive(64): fails with WebSocketException(Faulted) [Aborted]"),
                    ("status: is no status [Closed]",
                        "status: is no status [Aborted]"),
                    ("send(Text 'x'): fails with WebSocketException(InvalidState) [Closed]",
                        "send(Text 'x'): fails with WebSocketException(InvalidState) [Aborted]"),
                    ("the peer saw: Close 1002",
                        "the peer saw: Close 1007 the reason of a Close is not UTF-8"),
                ]),
            ]),
        new(
            "Reasons.",
            "The Close after a violation says in words what it was.",
            [
                new("the peer sends reserved bits", null,
                [
                    ("the peer saw: Close 1002",
                        "the peer saw: Close 1002 a reserved bit is set that no extension uses"),
                ]),
                new("the peer sends an unknown opcode", null,
                [
                    ("the peer saw: Close 1002",
                        "the peer saw: Close 1002 opcode 0x3 is reserved"),
                ]),
                new("the peer sends a continuation of nothing", null,
                [
                    ("the peer saw: Close 1002",
                        "the peer saw: Close 1002 a continuation without a message"),
                ]),
                new("the peer sends a Ping in fragments", null,
                [
                    ("the peer saw: Close 1002",
                        "the peer saw: Close 1002 a control frame is fragmented"),
                ]),
                new("the peer sends text that is not UTF-8", null,
                [
                    ("the peer saw: Close 1007",
                        "the peer saw: Close 1007 text is not UTF-8"),
                ]),
                new("the peer breaks the rules behind a message", null,
                [
                    ("the peer saw: Close 1002",
                        "the peer saw: Close 1002 a reserved bit is set that no extension uses"),
                ]),
            ]),
    ];

    internal static IReadOnlyList<(string Theirs, string Ours)> Of(string scenario, ConnectionRole role) =>
        All.SelectMany(difference => difference.Cases).SingleOrDefault(c => c.Scenario == scenario && (c.Role ?? role) == role)?.Steps
        ?? [];
}
