using System.Runtime.CompilerServices;
using WsProto.Extensions;
using WsProto.Tests.Extensions.Samples;

namespace WsProto.Tests;

/// <summary>
/// Every way to break the protocol, each by an input that does, with the close code or the status that its description names.
/// </summary>
public class ProtocolErrorTests
{
    private const ConnectionRole Client = ConnectionRole.Client;
    private const ConnectionRole Server = ConnectionRole.Server;

    private static readonly byte[] _request = Heads.Request();

    private static readonly Case[] _cases =
    [
        Frames(ProtocolError.ReservedOpcode, 1002, role => Wire.FrameFor(role, (Opcode)0x3, [])),
        Frames(ProtocolError.ReservedBitSet, 1002, role => Wire.FrameFor(role, Opcode.Text, [], rsv: 0b100)),
        Frames(ProtocolError.FragmentedControlFrame, 1002, role => Wire.FrameFor(role, Opcode.Ping, [], fin: false)),
        Frames(ProtocolError.ControlFrameTooLong, 1002, role => Wire.FrameFor(role, Opcode.Pong, new byte[126])),
        Frames(ProtocolError.UnexpectedContinuation, 1002, role => Wire.FrameFor(role, Opcode.Continuation, [])),
        Frames(ProtocolError.ContinuationExpected, 1002, role =>
            [.. Wire.FrameFor(role, Opcode.Text, [], fin: false), .. Wire.FrameFor(role, Opcode.Text, [])]),
        Frames(ProtocolError.MaskedServerFrame, 1002, _ => Wire.Frame(Opcode.Text, [], key: Wire.Key), only: Client),
        Frames(ProtocolError.UnmaskedClientFrame, 1002, _ => Wire.Frame(Opcode.Text, []), only: Server),
        Frames(ProtocolError.NonMinimalLength, 1002, role => Wire.FrameFor(role, Opcode.Text, new byte[5], form: LengthForm.TwoBytes)),
        Frames(ProtocolError.LengthOutOfRange, 1002, role => Wire.Frame(
            Opcode.Text, [], key: role == Server ? Wire.Key : null, form: LengthForm.EightBytes, announced: 1UL << 63)),
        Frames(
            ProtocolError.FrameTooBig, 1009, role => Wire.FrameFor(role, Opcode.Binary, new byte[5]),
            new WsConnectionOptions { MaxFrameSize = 4 }),
        Frames(
            ProtocolError.MessageTooBig, 1009, role => Wire.FrameFor(role, Opcode.Binary, new byte[5]),
            new WsConnectionOptions { MaxMessageSize = 4 }),
        Frames(
            ProtocolError.MessageTooBig, 1009, role => Wire.FrameFor(role, Opcode.Binary, new byte[5]),
            new WsConnectionOptions { MaxMessageSize = 4 }) with { Extension = () => new ScriptedCodec() },
        Frames(
            ProtocolError.TooManyFragments, 1008,
            role => [.. Wire.FrameFor(role, Opcode.Text, [], fin: false), .. Wire.FrameFor(role, Opcode.Continuation, [])],
            new WsConnectionOptions { MaxFragmentCount = 1 }),
        Frames(ProtocolError.InvalidUtf8, 1007, role => Wire.FrameFor(role, Opcode.Text, [0xFF])),
        Frames(ProtocolError.InvalidClosePayload, 1002, role => Wire.FrameFor(role, Opcode.Close, [3])),
        Frames(ProtocolError.InvalidCloseCode, 1002, role => Wire.CloseFor(role, 999)),
        Frames(ProtocolError.InvalidCloseReason, 1007, role => Wire.FrameFor(role, Opcode.Close, [0x03, 0xE8, 0xFF])),
        Frames(ProtocolError.ExtensionFailed, 4001, role => Wire.FrameFor(role, Opcode.Ping, [])) with
        {
            Extension = () => new ScriptedCodec { OnHeader = _ => ExtensionResult.Failed((CloseCode)4001) },
        },

        Requests(ProtocolError.MalformedHead, 400, Wire.Ascii("GET / HTTP/1.1\nHost: h\n\n")),
        Requests(ProtocolError.HeadTooLarge, 431, _request, new WsConnectionOptions { MaxHandshakeSize = 100 }),
        Requests(ProtocolError.StartLineTooLong, 414, _request, new WsConnectionOptions { MaxHeaderLineSize = 17 }),
        Requests(ProtocolError.HeaderLineTooLong, 431, _request, new WsConnectionOptions { MaxHeaderLineSize = 18 }),
        Requests(ProtocolError.TooManyHeaders, 431, _request, new WsConnectionOptions { MaxHeaderCount = 4 }),
        Requests(ProtocolError.UnsupportedHttpVersion, 400, Wire.Head(["GET / HTTP/1.0", .. Heads.RequestLines[1..]])),
        Requests(ProtocolError.UnsupportedHttpVersion, 505, Wire.Head(["GET / HTTP/2.0", .. Heads.RequestLines[1..]])),
        Requests(ProtocolError.MissingConnectionUpgrade, 400, Heads.Request("Connection", "keep-alive")),
        Requests(ProtocolError.MissingUpgradeWebSocket, 400, Heads.Request("Upgrade", "h2c")),
        Requests(ProtocolError.MalformedExtensions, 400, Heads.Request("", null, "Sec-WebSocket-Extensions: a;")),
        Requests(ProtocolError.MethodNotGet, 400, Wire.Head(["POST / HTTP/1.1", .. Heads.RequestLines[1..]])),
        Requests(ProtocolError.InvalidTarget, 400, Wire.Head(["GET * HTTP/1.1", .. Heads.RequestLines[1..]])),
        Requests(ProtocolError.InvalidHost, 400, Heads.Request("Host", null)),
        Requests(ProtocolError.MissingVersion, 400, Heads.Request("Sec-WebSocket-Version", null)),
        Requests(ProtocolError.UnsupportedVersion, 426, Heads.Request("Sec-WebSocket-Version", "12")),
        Requests(ProtocolError.InvalidKey, 400, Heads.Request("Sec-WebSocket-Key", "x")),
        Requests(ProtocolError.RequestBody, 400, Heads.Request("", null, "Content-Length: 1")),
        Requests(ProtocolError.InvalidSubprotocols, 400, Heads.Request("", null, "Sec-WebSocket-Protocol: a, a")),
        Requests(ProtocolError.HandshakeIncomplete, null, _request[..50]) with { EndOfStream = true },

        Requests(
            ProtocolError.TooManyHeaderElements,
            431,
            Heads.Request("", null, "Sec-WebSocket-Protocol: a, b, c, d, e"),
            new WsConnectionOptions { MaxHeaderElementCount = 4 }),
        Requests(
            ProtocolError.TooManyHeaderElements,
            431,
            Heads.Request("", null, "Sec-WebSocket-Extensions: a; b; c, d; e"),
            new WsConnectionOptions { MaxHeaderElementCount = 4 }),
        Responses(
            ProtocolError.TooManyHeaderElements,
            Heads.Response("", null, "Sec-WebSocket-Extensions: a; b, c"),
            new WsConnectionOptions { MaxHeaderElementCount = 2 }),

        Responses(ProtocolError.MalformedHead, Wire.Head("SSH-2.0-OpenSSH")),
        Responses(ProtocolError.HeadTooLarge, Heads.Response(), new WsConnectionOptions { MaxHandshakeSize = 100 }),
        Responses(ProtocolError.StartLineTooLong, Heads.Response(), new WsConnectionOptions { MaxHeaderLineSize = 31 }),
        Responses(ProtocolError.HeaderLineTooLong, Heads.Response(), new WsConnectionOptions { MaxHeaderLineSize = 32 }),
        Responses(ProtocolError.TooManyHeaders, Heads.Response(), new WsConnectionOptions { MaxHeaderCount = 2 }),
        Responses(ProtocolError.UnsupportedHttpVersion, Wire.Head(["HTTP/1.0 101 Switching Protocols", .. Heads.ResponseLines[1..]])),
        Responses(ProtocolError.MissingConnectionUpgrade, Heads.Response("Connection", "keep-alive")),
        Responses(ProtocolError.MissingUpgradeWebSocket, Heads.Response("Upgrade", "h2c")),
        Responses(ProtocolError.MalformedExtensions, Heads.Response("", null, "Sec-WebSocket-Extensions: a;")),
        Responses(ProtocolError.HandshakeIncomplete, Heads.Response()[..50]) with { EndOfStream = true },
        Responses(ProtocolError.InvalidAccept, Heads.Response("Sec-WebSocket-Accept", "x")),
        Responses(ProtocolError.UnrequestedSubprotocol, Heads.Response("", null, "Sec-WebSocket-Protocol: chat")),
        Responses(ProtocolError.UnofferedExtension, Heads.Response("", null, "Sec-WebSocket-Extensions: x-tag")),
        Responses(ProtocolError.InvalidExtensionParameters, Heads.Response("", null, "Sec-WebSocket-Extensions: x-tag; p")) with
        {
            Request = Situations.Request with { Extensions = [new TagExtension()] },
        },
        Responses(ProtocolError.SwitchingProtocolsBody, Heads.Response("", null, "Content-Length: 5")),
        Responses(ProtocolError.TooManyInformationalResponses, Wire.Concat(Enumerable.Repeat(Wire.Head("HTTP/1.1 103 "), 17))),
        Responses(ProtocolError.MalformedRejectBody, Wire.Head("HTTP/1.1 400 ", "Transfer-Encoding: gzip")),
        Responses(
            ProtocolError.RejectBodyTooLarge,
            [.. Wire.Head("HTTP/1.1 400 ", "Content-Length: 5"), .. new byte[5]],
            new WsConnectionOptions { MaxRejectBodySize = 4 }) with { Before = 2 },
    ];

    public static TheoryData<ProtocolError, ConnectionRole> Cases()
    {
        var data = new TheoryData<ProtocolError, ConnectionRole>();
        foreach ((ProtocolError error, ConnectionRole role) in _cases.SelectMany(c => c.Roles.Select(role => (c.Error, role))).Distinct())
            data.Add(error, role);
        return data;
    }

    /// <summary>
    /// Logs, metrics and other assemblies keep the numbers, so a line that stands here is never changed. A new member adds a line.
    /// </summary>
    [Fact]
    public void Every_member_keeps_its_number() =>
        Assert.Equal(
            [
                ("ReservedOpcode", 1),
                ("ReservedBitSet", 2),
                ("FragmentedControlFrame", 3),
                ("ControlFrameTooLong", 4),
                ("UnexpectedContinuation", 5),
                ("ContinuationExpected", 6),
                ("MaskedServerFrame", 7),
                ("UnmaskedClientFrame", 8),
                ("NonMinimalLength", 9),
                ("LengthOutOfRange", 10),
                ("FrameTooBig", 11),
                ("MessageTooBig", 12),
                ("TooManyFragments", 13),
                ("InvalidUtf8", 14),
                ("InvalidClosePayload", 15),
                ("InvalidCloseCode", 16),
                ("InvalidCloseReason", 17),
                ("ExtensionFailed", 18),
                ("MalformedHead", 101),
                ("HeadTooLarge", 102),
                ("StartLineTooLong", 103),
                ("HeaderLineTooLong", 104),
                ("TooManyHeaders", 105),
                ("UnsupportedHttpVersion", 106),
                ("MissingConnectionUpgrade", 107),
                ("MissingUpgradeWebSocket", 108),
                ("MalformedExtensions", 109),
                ("HandshakeIncomplete", 110),
                ("TooManyHeaderElements", 111),
                ("MethodNotGet", 201),
                ("InvalidTarget", 202),
                ("InvalidHost", 203),
                ("MissingVersion", 204),
                ("UnsupportedVersion", 205),
                ("InvalidKey", 206),
                ("RequestBody", 207),
                ("InvalidSubprotocols", 208),
                ("TooMuchEarlyData", 209),
                ("MethodNotConnect", 210),
                ("UnsupportedProtocol", 211),
                ("InvalidScheme", 212),
                ("InvalidAccept", 301),
                ("UnrequestedSubprotocol", 302),
                ("UnofferedExtension", 303),
                ("InvalidExtensionParameters", 304),
                ("SwitchingProtocolsBody", 305),
                ("TooManyInformationalResponses", 306),
                ("MalformedRejectBody", 307),
                ("RejectBodyTooLarge", 308),
            ],
            Enum.GetValues<ProtocolError>().Select(error => ($"{error}", (int)error)));

    /// <summary>
    /// What only the other carriers can break has its cases in <see cref="Negotiation.ServerNegotiationTests"/>; early data needs an answer
    /// first.
    /// </summary>
    [Fact]
    public void Every_member_is_produced_by_a_case()
    {
        ProtocolError[] elsewhere =
        [
            ProtocolError.TooMuchEarlyData, ProtocolError.MethodNotConnect, ProtocolError.UnsupportedProtocol, ProtocolError.InvalidScheme,
        ];
        Assert.Equal(Enum.GetValues<ProtocolError>(), _cases.Select(c => c.Error).Concat(elsewhere).Distinct().Order());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("MUST", "10.7-1")]
    public void Input_that_breaks_the_protocol_gives_one_last_event_with_the_error_and_its_code(ProtocolError error, ConnectionRole role)
    {
        foreach (Case c in _cases.Where(c => c.Error == error && c.Roles.Contains(role)))
        {
            ConnectionOutcome outcome = Cuts.Run(() => c.Create(role), c.Input(role), c.EndOfStream);
            Assert.Equal(c.Before, outcome.Events.Count - 1);
            switch (outcome.Events[^1])
            {
                case CloseConnection close:
                    Assert.Equal(((ProtocolError?)error, c.Number), (close.Error, (int)close.Code));
                    Assert.NotEmpty(close.Reason!);
                    Assert.Equal(ConnectionState.RemoteClosing, outcome.State);
                    break;
                case HandshakeFailed failed:
                    Assert.Equal((error, c.Number), (failed.Error, failed.Response?.StatusCode));
                    Assert.NotEmpty(failed.Message);
                    Assert.Equal(
                        role == Server && c.Number is not null ? ConnectionState.Connecting : ConnectionState.Closed,
                        outcome.State);
                    break;
                default:
                    Assert.Fail($"{outcome}");
                    break;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Answer_to_a_broken_protocol_can_be_sent_and_fits(ProtocolError error, ConnectionRole role)
    {
        foreach (Case c in _cases.Where(c => c.Error == error && c.Roles.Contains(role)))
        {
            using WsConnection connection = c.Create(role);
            connection.Receive(c.Input(role));
            if (c.EndOfStream)
                connection.ReceiveEndOfStream();
            WsEvent? answer = connection.ReadAll()[^1] is CloseConnection close ? close.Response() : null;
            if (connection.State == ConnectionState.Connecting)
                answer = new RejectConnection { StatusCode = c.Number!.Value };
            if (answer is not null)
                Assert.NotEmpty(connection.Send(answer));
            Assert.Equal(ConnectionState.Closed, connection.State);
        }
    }

    [Theory]
    [InlineData(ProtocolError.ReservedOpcode, "opcode 0x3 ")]
    [InlineData(ProtocolError.NonMinimalLength, "length 5 ")]
    [InlineData(ProtocolError.FrameTooBig, "5 bytes, 4 are allowed")]
    [InlineData(ProtocolError.MessageTooBig, "5 bytes or more, 4 are allowed")]
    [InlineData(ProtocolError.TooManyFragments, "2 frames or more, 1 are allowed")]
    [InlineData(ProtocolError.InvalidCloseCode, "code 999 ")]
    [InlineData(ProtocolError.HeadTooLarge, "100 bytes")]
    [InlineData(ProtocolError.TooManyInformationalResponses, "more than 16 ")]
    [InlineData(ProtocolError.RejectBodyTooLarge, "4 bytes")]
    public void Words_tell_what_was_found_and_what_was_allowed(ProtocolError error, string part)
    {
        foreach (Case c in _cases.Where(c => c.Error == error))
        {
            using WsConnection connection = c.Create(c.Roles[^1]);
            WsEvent last = connection.Read(c.Input(c.Roles[^1]))[^1];
            Assert.Contains(part, last is CloseConnection close ? close.Reason : ((HandshakeFailed)last).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_member_has_its_own_words_and_nothing_else_has_any()
    {
        string[] words = [.. Enum.GetValues<ProtocolError>().Select(error => ProtocolErrors.MessageFor(new Violation(error)))];
        Assert.Equal(words.Length, words.Distinct().Count());
        Assert.Throws<SwitchExpressionException>(() => ProtocolErrors.MessageFor(default));
    }

    private static Case Frames(
        ProtocolError error,
        int code,
        Func<ConnectionRole, byte[]> input,
        WsConnectionOptions? options = null,
        ConnectionRole? only = null) =>
        new(error, code, only is { } role ? [role] : [Client, Server], input, options);

    private static Case Requests(ProtocolError error, int? status, byte[] input, WsConnectionOptions? options = null) =>
        new(error, status, [Server], _ => input, options) { Handshake = true };

    private static Case Responses(ProtocolError error, byte[] input, WsConnectionOptions? options = null) =>
        new(error, null, [Client], _ => input, options) { Handshake = true };

    /// <param name="Error">What it is to give.</param>
    /// <param name="Number">The close code or the status; null for none.</param>
    /// <param name="Roles">Who receives it.</param>
    /// <param name="Input">The bytes, by receiver.</param>
    /// <param name="Options">A limit to break.</param>
    private sealed record Case(
        ProtocolError Error, int? Number, ConnectionRole[] Roles, Func<ConnectionRole, byte[]> Input, WsConnectionOptions? Options)
    {
        public bool Handshake { get; init; }

        public bool EndOfStream { get; init; }

        /// <summary>How many events come before the error.</summary>
        public int Before { get; init; }

        public Request Request { get; init; } = Situations.Request;

        public Func<ExtensionCodec>? Extension { get; init; }

        public WsConnection Create(ConnectionRole role)
        {
            if (!Handshake)
                return WsConnection.Established(role, Extension is null ? [] : [Extension()], Options);
            var connection =
                new WsConnection(role, (Options ?? WsConnectionOptions.Default) with { Random = Situations.KnownRandom.Random });
            if (role == Client)
                connection.Send(Request);
            return connection;
        }
    }
}
