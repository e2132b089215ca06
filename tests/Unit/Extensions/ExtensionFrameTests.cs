using System.Buffers;
using WsProto.Extensions;
using WsProto.Framing;
using WsProto.Tests.Extensions.Samples;

namespace WsProto.Tests.Extensions;

/// <summary>What extensions do to frames: bits, headers, payloads, failures, limits.</summary>
[Trait("RFC", "6455 §5.2, §9.2")]
public class ExtensionFrameTests
{
    private const int Rsv2 = 0b010;
    private const int Rsv3 = 0b001;

    public static TheoryData<ConnectionRole> Roles => [ConnectionRole.Client, ConnectionRole.Server];

    public static TheoryData<ConnectionRole, int> RolesAndBits => new()
    {
        { ConnectionRole.Client, 0b001 }, { ConnectionRole.Client, 0b010 }, { ConnectionRole.Client, 0b100 },
        { ConnectionRole.Server, 0b001 }, { ConnectionRole.Server, 0b010 }, { ConnectionRole.Server, 0b100 },
    };

    [Theory]
    [MemberData(nameof(RolesAndBits))]
    [Trait("MUST", "5.2-8")]
    [Trait("MUST", "5.2-9")]
    [Trait("MUST", "5.2-10")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoderExtensions::test_rsv_bit")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoderExtensions::test_wrong_rsv_bit")]
    public void Claimed_bit_is_accepted_and_any_other_fails_with_1002(ConnectionRole role, int claimed)
    {
        for (int bits = 1; bits <= 0b111; bits++)
        {
            ConnectionOutcome outcome = Cuts.Run(
                () => With(role, new ScriptedCodec(bits: (ReservedBits)(claimed << 4))),
                Wire.FrameFor(role, Opcode.Text, "a"u8.ToArray(), rsv: bits));
            if (bits == claimed)
                Assert.Equal(new ConnectionOutcome([new TextMessage("a")], ConnectionState.Open), outcome);
            else
                AssertFailed(outcome, CloseCode.ProtocolError, ProtocolError.ReservedBitSet);
        }
    }

    [Theory]
    [MemberData(nameof(Roles))]
    [Trait("Register", "B17")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoderExtensions::test_rsv_bit")]
    public void Header_is_shown_once_for_each_frame_however_it_is_cut(ConnectionRole role)
    {
        byte[] input =
        [
            .. Wire.FrameFor(role, Opcode.Text, new byte[200], fin: false, rsv: Rsv3), .. Wire.FrameFor(role, Opcode.Ping, [1]),
            .. Wire.FrameFor(role, Opcode.Continuation, [2, 3]), .. Wire.FrameFor(role, Opcode.Binary, []),
        ];
        FrameHeader[] expected =
        [
            new(false, ReservedBits.Rsv3, Opcode.Text, 200), new(true, ReservedBits.None, Opcode.Ping, 1),
            new(true, ReservedBits.None, Opcode.Continuation, 2), new(true, ReservedBits.None, Opcode.Binary, 0),
        ];
        var extensions = new List<ScriptedCodec>();
        Cuts.Run(
            () =>
            {
                extensions.Add(new ScriptedCodec(bits: ReservedBits.Rsv3));
                return With(role, extensions[^1]);
            },
            input);
        Assert.All(extensions, extension => Assert.Equal(expected, extension.Headers));
    }

    [Theory]
    [InlineData(1008)]
    [InlineData(1010)]
    [InlineData(4001)]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoderExtensions::test_header_error_handling")]
    public void Extension_refuses_a_header__fails_with_its_code(int code)
    {
        foreach (Opcode opcode in new[] { Opcode.Text, Opcode.Ping, Opcode.Close })
        {
            ConnectionOutcome outcome = Cuts.Run(
                () => With(ConnectionRole.Client, new ScriptedCodec { OnHeader = _ => ExtensionResult.Failed((CloseCode)code) }),
                Wire.FrameFor(ConnectionRole.Client, opcode, []));
            AssertFailed(outcome, (CloseCode)code, ProtocolError.ExtensionFailed);
        }
    }

    [Theory]
    [MemberData(nameof(Roles))]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoderExtensions::test_payload_processing")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoderExtensions::test_no_payload_processing_when_not_wanted")]
    public void Payload_is_changed_in_messages_with_the_bit_and_in_no_others(ConnectionRole role)
    {
        byte[] input =
        [
            .. Wire.FrameFor(role, Opcode.Text, [0x9E, 0x9D], fin: false, rsv: Rsv2), .. Wire.FrameFor(role, Opcode.Ping, [0x70]),
            .. Wire.FrameFor(role, Opcode.Continuation, [0x9C]),
            .. Wire.FrameFor(role, Opcode.Text, "abc"u8.ToArray()), .. Wire.FrameFor(role, Opcode.Binary, [0x00], rsv: Rsv2),
        ];
        WsEvent[] events =
        [
            new Ping("p"u8.ToArray()), new TextMessage("abc"), new TextMessage("abc"), new BytesMessage(new byte[] { 0xFF }),
        ];
        Cuts.Expect(() => With(role, new FlipCodec()), input, ConnectionState.Open, events);
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public void Pieces_of_a_message_pass_the_extension_as_they_arrive(ConnectionRole role)
    {
        byte[] input =
        [
            .. Wire.FrameFor(role, Opcode.Text, [0x9E, 0x9D], fin: false, rsv: Rsv2),
            .. Wire.FrameFor(role, Opcode.Continuation, [0x9C]),
        ];
        Cuts.Expect(
            () => With(role, new WsConnectionOptions { MessageDelivery = MessageDelivery.Chunks }, new FlipCodec()),
            input, ConnectionState.Open, new TextMessage("ab") { MessageFinished = false }, new TextMessage("c"));
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public void Text_ends_inside_a_character__fails_with_1007_also_at_an_empty_frame(ConnectionRole role)
    {
        byte[] begun = Wire.FrameFor(role, Opcode.Text, [0xE2, 0x82], fin: false);
        AssertFailed(
            Cuts.Run(() => With(role, new ScriptedCodec()), [.. begun, .. Wire.FrameFor(role, Opcode.Continuation, [])]),
            CloseCode.InvalidPayloadData,
            ProtocolError.InvalidUtf8);
        AssertFailed(
            Cuts.Run(() => With(role, new ScriptedCodec()), Wire.FrameFor(role, Opcode.Text, [0xE2, 0x82])),
            CloseCode.InvalidPayloadData,
            ProtocolError.InvalidUtf8);
    }

    [Theory]
    [InlineData(1008, 1008)]
    [InlineData(4999, 4999)]
    [InlineData(0, 1011)]
    [InlineData(1004, 1011)]
    [InlineData(1005, 1011)]
    [InlineData(1006, 1011)]
    [InlineData(1015, 1011)]
    [InlineData(5000, 1011)]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoderExtensions::test_payload_error_handling")]
    public void Extension_refuses_a_payload__fails_with_its_code_or_1011(int given, int code)
    {
        foreach (ConnectionRole role in Enum.GetValues<ConnectionRole>())
        {
            ScriptedCodec Refusing() => new()
            {
                OnReceive = (ref payload, _, _) => payload.Contains((byte)'!')
                    ? ExtensionResult.Failed((CloseCode)given)
                    : ExtensionResult.Done,
            };
            byte[] input = [.. Wire.FrameFor(role, Opcode.Binary, "ab!cd"u8.ToArray()), .. Wire.FrameFor(role, Opcode.Ping, [])];
            AssertFailed(Cuts.Run(() => With(role, Refusing()), input), (CloseCode)code, ProtocolError.ExtensionFailed);
        }
    }

    [Theory]
    [MemberData(nameof(Roles))]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoderExtensions::test_frame_completion")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoderExtensions::test_no_frame_completion_when_not_wanted")]
    public void Extension_adds_bytes_at_the_end_of_a_frame_with_the_bit_and_to_no_other(ConnectionRole role)
    {
        byte[] input =
        [
            .. Wire.FrameFor(role, Opcode.Text, "a"u8.ToArray(), rsv: Rsv3), .. Wire.FrameFor(role, Opcode.Text, [], rsv: Rsv3),
            .. Wire.FrameFor(role, Opcode.Text, "a"u8.ToArray()),
        ];
        Cuts.Expect(
            () => With(role, Completing(output => output.Write("+"u8))),
            input,
            ConnectionState.Open,
            new TextMessage("a+"),
            new TextMessage("+"),
            new TextMessage("a"));
    }

    [Theory]
    [MemberData(nameof(Roles))]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoderExtensions::test_completion_error_handling")]
    public void Extension_refuses_at_the_end_of_the_frame_with_1006__fails_with_1011(ConnectionRole role)
    {
        byte[] input = Wire.FrameFor(role, Opcode.Binary, "abc"u8.ToArray());
        ScriptedCodec Refusing() => new()
        {
            OnReceive = (ref _, frameFinished, _) => frameFinished
                ? ExtensionResult.Failed(CloseCode.AbnormalClosure)
                : ExtensionResult.Done,
        };
        AssertFailed(Cuts.Run(() => With(role, Refusing()), input), CloseCode.InternalError, ProtocolError.ExtensionFailed);
    }

    [Fact]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoderExtensions::test_outbound_handling_single_frame")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoderExtensions::test_outbound_handling_multiple_frames")]
    public void Server_sends_through_an_extension__the_bit_is_on_the_first_frame_and_the_suffix_on_the_last()
    {
        using WsConnection server = With(ConnectionRole.Server, new ScriptedCodec(bits: ReservedBits.Rsv3)
        {
            OnSend = (header, _, payload, output) =>
            {
                output.Write(payload);
                if (header.IsFinal)
                    output.Write("+"u8);
                return header.Opcode == Opcode.Continuation ? ReservedBits.None : ReservedBits.Rsv3;
            },
        });
        Assert.Equal(Wire.Hex("91 02 61 2B"), server.Send(new TextMessage("a")));
        Assert.Equal(Wire.Hex("12 01 61"), server.Send(new BytesMessage("a"u8.ToArray()) { MessageFinished = false }));
        Assert.Equal(Wire.Hex("80 02 62 2B"), server.Send(new BytesMessage("b"u8.ToArray())));
    }

    [Fact]
    public void Bits_that_an_extension_did_not_claim_are_not_set()
    {
        using WsConnection server =
            With(ConnectionRole.Server, new ScriptedCodec(bits: ReservedBits.Rsv3) { OnSend = (_, _, _, _) => ReservedBits.All });
        Assert.Equal(Wire.Hex("92 00"), server.Send(new BytesMessage("a"u8.ToArray())));
    }

    [Fact]
    public void Client_masks_what_the_extension_has_made()
    {
        using WsConnection client = With(ConnectionRole.Client, new WsConnectionOptions { Random = Rand.Fixed(Wire.Key) }, new FlipCodec());
        Assert.Equal([.. Wire.Hex("A1 82 37FA213D"), .. Wire.Mask([0x9E, 0x9D], Wire.Key)], client.Send(new TextMessage("ab")));
    }

    [Fact]
    public void Control_frames_are_sent_and_received_without_the_extensions()
    {
        var extension = new ScriptedCodec();
        using WsConnection server = With(ConnectionRole.Server, extension);
        Assert.Equal(Wire.Hex("89 01 70"), server.Send(new Ping("p"u8.ToArray())));
        Assert.Equal(Wire.Hex("8A 01 70"), server.Send(new Pong("p"u8.ToArray())));
        Assert.Equal([new Ping("p"u8.ToArray())], server.Read(Wire.FrameFor(ConnectionRole.Server, Opcode.Ping, "p"u8.ToArray())));
        Assert.Equal([Situations.Close], server.Read(Situations.CloseFrameFor(ConnectionRole.Server)));
        Assert.Equal(Wire.Hex("88 02 03E8"), server.Send(Situations.Close));
        Assert.Equal(0, extension.Steps);
        Assert.Equal([Opcode.Ping, Opcode.Close], extension.Headers.Select(header => header.Opcode));
    }

    [Fact]
    public void Compress_of_a_message_is_passed_on_and_null_from_the_span_methods()
    {
        var seen = new List<(Opcode, bool?)>();
        using WsConnection server = With(ConnectionRole.Server, new ScriptedCodec
        {
            OnSend = (header, compress, _, _) =>
            {
                seen.Add((header.Opcode, compress));
                return ReservedBits.None;
            },
        });
        server.Send(new TextMessage("a") { Compress = false });
        server.Send(new TextMessage("a") { Compress = true, MessageFinished = false });
        server.Send(new TextMessage("a"));
        server.Send(new BytesMessage(default) { Compress = false });
        var output = new ArrayBufferWriter<byte>();
        server.SendText("a", output);
        server.SendText("a"u8, output);
        server.SendBytes([], output);
        Assert.Equal(
            [
                (Opcode.Text, false), (Opcode.Text, true), (Opcode.Continuation, null), (Opcode.Binary, false), (Opcode.Text, null),
                (Opcode.Text, null), (Opcode.Binary, null),
            ],
            seen);
    }

    [Fact]
    public void Refused_sends_do_not_reach_the_extension()
    {
        var extension = new ScriptedCodec();
        using WsConnection server = With(ConnectionRole.Server, extension);
        var output = new ArrayBufferWriter<byte>();
        Assert.ThrowsAny<ArgumentException>(() => server.SendText([(char)0xD800], output));
        Assert.Throws<ArgumentException>(() => server.SendText([0xFF], output));
        server.Send(Situations.Close);
        Assert.Throws<LocalProtocolException>(() => server.SendText("a", output));
        Assert.Throws<LocalProtocolException>(() => server.SendBytes([1], output));
        Assert.Equal((0, 0), (output.WrittenCount, extension.Steps));
    }

    [Fact]
    public void Data_is_sent_through_the_extensions_in_order_and_received_in_reverse()
    {
        // "foo, bar" means that bar(foo(data)) goes on the wire (§9.1).
        byte[] tagAfterFlip = Wire.Hex("A1 02 9E 23");
        byte[] flipAfterTag = Wire.Hex("A1 02 9E DC");
        using (WsConnection server = With(ConnectionRole.Server, new FlipCodec(), new TagCodec()))
            Assert.Equal(tagAfterFlip, server.Send(new TextMessage("a")));
        using (WsConnection server = With(ConnectionRole.Server, new TagCodec(), new FlipCodec()))
            Assert.Equal(flipAfterTag, server.Send(new TextMessage("a")));
        Cuts.Expect(
            () => With(ConnectionRole.Client, new FlipCodec(), new TagCodec()), tagAfterFlip, ConnectionState.Open, new TextMessage("a"));
        Cuts.Expect(
            () => With(ConnectionRole.Client, new TagCodec(), new FlipCodec()), flipAfterTag, ConnectionState.Open, new TextMessage("a"));
        AssertFailed(
            Cuts.Run(() => With(ConnectionRole.Client, new FlipCodec(), new TagCodec()), flipAfterTag),
            CloseCode.InvalidPayloadData,
            ProtocolError.ExtensionFailed);
    }

    [Fact]
    public void Three_extensions_stack_and_fragments_pass_them_all()
    {
        using var link = new Link(
            With(ConnectionRole.Client, new TagCodec("x-a", 1), new FlipCodec(0x55), new TagCodec("x-b", 2)),
            With(ConnectionRole.Server, new TagCodec("x-a", 1), new FlipCodec(0x55), new TagCodec("x-b", 2)));
        byte[] data = [.. Enumerable.Range(0, 20_000).Select(i => (byte)(i * 7))];
        foreach (ConnectionRole sender in Enum.GetValues<ConnectionRole>())
        {
            Assert.Empty(link.Send(sender, new BytesMessage(data) { MessageFinished = false }));
            Assert.Empty(link.Send(sender, new BytesMessage(default) { MessageFinished = false }));
            Assert.Equal([new BytesMessage(data.Concat(data).ToArray())], link.Send(sender, new BytesMessage(data)));
            Assert.Equal([new TextMessage("")], link.Send(sender, new TextMessage("")));
        }
    }

    [Fact]
    public void Later_extension_sees_the_frame_as_the_earlier_made_it()
    {
        var first = new ScriptedCodec("x-a", ReservedBits.Rsv1)
        {
            OnSend = (_, _, _, output) =>
            {
                output.Write(new byte[5]);
                return ReservedBits.Rsv1;
            },
        };
        var seen = new List<FrameHeader>();
        var second = new ScriptedCodec("x-b", ReservedBits.Rsv2)
        {
            OnSend = (header, _, _, output) =>
            {
                seen.Add(header);
                return ReservedBits.Rsv2;
            },
        };
        using WsConnection server = With(ConnectionRole.Server, first, second);
        Assert.Equal(Wire.Hex("62 00"), server.Send(new BytesMessage(new byte[2]) { MessageFinished = false }));
        Assert.Equal([new FrameHeader(IsFinal: false, ReservedBits.Rsv1, Opcode.Binary, 5)], seen);
    }

    [Theory]
    [InlineData(ConnectionRole.Client, false)]
    [InlineData(ConnectionRole.Client, true)]
    [InlineData(ConnectionRole.Server, false)]
    [InlineData(ConnectionRole.Server, true)]
    [Trait("MUST", "10.4-2")]
    [Trait("Register", "S15")]
    [Trait("Register", "S16")]
    public void Limit_of_a_message_holds_exactly_for_what_comes_out_and_stops_the_extension(ConnectionRole role, bool stacked)
    {
        const int Limit = 30;
        for (int length = Limit - 1; length <= Limit + 2; length++)
        {
            // One byte goes in for each ten that come out, the rest as they are.
            byte[] payload = [.. Wire.Repeat((byte)'*', 2), .. Wire.Repeat(7, length - 20)];
            ScriptedCodec[] made = [];
            ConnectionOutcome Run(byte[] input) => Cuts.Run(
                () =>
                {
                    made = stacked ? [new ScriptedCodec("x-copy"), Repeating()] : [Repeating()];
                    return With(role, new WsConnectionOptions { MaxMessageSize = Limit }, made);
                },
                input);

            ConnectionOutcome whole = Run(Wire.FrameFor(role, Opcode.Binary, payload));
            ConnectionOutcome fragmented = Run(
            [
                .. Wire.FrameFor(role, Opcode.Binary, payload[..1], fin: false),
                .. Wire.FrameFor(role, Opcode.Continuation, payload[1..]),
            ]);
            Assert.Equal(whole.ToString(), fragmented.ToString());
            if (length <= Limit)
                Assert.Equal(
                    new ConnectionOutcome(
                        [new BytesMessage((byte[])[.. Wire.Repeat((byte)'*', 20), .. payload[2..]])],
                        ConnectionState.Open),
                    whole);
            else
                AssertFailed(whole, CloseCode.MessageTooBig, ProtocolError.MessageTooBig);
        }

        ScriptedCodec bomb = Repeating();
        using WsConnection connection = With(role, new WsConnectionOptions { MaxMessageSize = Limit }, bomb);
        connection.Read(Wire.FrameFor(role, Opcode.Binary, Wire.Repeat((byte)'*', 1_000)));
        Assert.Equal((4, ConnectionState.RemoteClosing), (bomb.Steps, connection.State));
    }

    [Fact]
    public void Limit_of_a_message_begins_anew_with_the_next_and_is_not_checked_on_what_goes_in()
    {
        var options = new WsConnectionOptions { MaxMessageSize = 2 };
        byte[] two = Wire.Hex("82 03 00 00 23");
        Cuts.Expect(
            () => With(ConnectionRole.Client, options, new TagCodec()), [.. two, .. two],
            ConnectionState.Open, new BytesMessage(new byte[2]), new BytesMessage(new byte[2]));
    }

    [Fact]
    public void Limit_of_a_frame_is_that_on_the_wire()
    {
        var options = new WsConnectionOptions { MaxFrameSize = 3 };
        Cuts.Expect(
            () => With(ConnectionRole.Client, options, new TagCodec()),
            Wire.Hex("82 03 00 00 23"),
            ConnectionState.Open,
            new BytesMessage(new byte[2]));
        AssertFailed(
            Cuts.Run(() => With(ConnectionRole.Client, options, new TagCodec()), Wire.Hex("82 04 00 00 00 23")),
            CloseCode.MessageTooBig,
            ProtocolError.FrameTooBig);
    }

    [Fact]
    public void Extension_that_asks_for_more_is_called_until_it_is_done()
    {
        // It keeps what it gets and gives it back byte by byte once the frame is whole.
        ScriptedCodec Keeping()
        {
            var kept = new Queue<byte>();
            return new ScriptedCodec
            {
                OnReceive = (ref payload, frameFinished, output) =>
                {
                    foreach (byte b in payload)
                        kept.Enqueue(b);
                    payload = default;
                    if (!frameFinished || !kept.TryDequeue(out byte next))
                        return ExtensionResult.Done;
                    output.Write([next]);
                    return kept.Count > 0 ? ExtensionResult.More : ExtensionResult.Done;
                },
            };
        }

        Cuts.Expect(
            () => With(ConnectionRole.Client, new FlipCodec(), Keeping()),
            Wire.Hex("A1 03 9E 9D 9C"),
            ConnectionState.Open,
            new TextMessage("abc"));
        Cuts.Expect(
            () => With(ConnectionRole.Client, Keeping(), new FlipCodec()),
            Wire.Hex("A1 03 9E 9D 9C"),
            ConnectionState.Open,
            new TextMessage("abc"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Failure_of_one_of_several_extensions_fails_the_connection(int failing)
    {
        var refusing = new ScriptedCodec { OnReceive = (ref _, _, _) => ExtensionResult.Failed((CloseCode)4000) };
        ExtensionCodec[] extensions = failing == 0 ? [refusing, new TagCodec()] : [new TagCodec(), refusing];
        AssertFailed(
            Cuts.Run(() => With(ConnectionRole.Client, extensions), Wire.Hex("82 02 61 23")),
            (CloseCode)4000,
            ProtocolError.ExtensionFailed);
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public void What_comes_out_of_the_extensions_has_to_be_UTF_8_where_it_is_text(ConnectionRole role)
    {
        byte[] cut =
        [
            .. Wire.FrameFor(role, Opcode.Text, [0x3C], fin: false, rsv: Rsv2),
            .. Wire.FrameFor(role, Opcode.Continuation, [0x56]),
        ];
        Cuts.Expect(() => With(role, new FlipCodec()), cut, ConnectionState.Open, new TextMessage("é"));
        AssertFailed(
            Cuts.Run(() => With(role, new FlipCodec()), Wire.FrameFor(role, Opcode.Text, [0x00], rsv: Rsv2)),
            CloseCode.InvalidPayloadData,
            ProtocolError.InvalidUtf8);
    }

    [Fact]
    public void Response_to_a_failure_tells_the_code_of_the_extension()
    {
        ScriptedCodec Refusing() => new() { OnHeader = _ => ExtensionResult.Failed(CloseCode.MandatoryExtension) };
        using WsConnection client = With(ConnectionRole.Client, Refusing());
        CloseConnection atClient = Assert.IsType<CloseConnection>(Assert.Single(client.Read(Wire.Hex("89 00"))));
        Assert.Equal(CloseCode.MandatoryExtension, atClient.Response().Code);
        using WsConnection server = With(ConnectionRole.Server, Refusing());
        CloseConnection atServer = Assert.IsType<CloseConnection>(
            Assert.Single(server.Read(Wire.FrameFor(ConnectionRole.Server, Opcode.Ping, []))));
        Assert.Equal(CloseCode.InternalError, atServer.Code);
    }

    private static WsConnection With(ConnectionRole role, params ExtensionCodec[] extensions) => WsConnection.Established(role, extensions);

    private static WsConnection With(ConnectionRole role, WsConnectionOptions options, params ExtensionCodec[] extensions) =>
        WsConnection.Established(role, extensions, options);

    private static void AssertFailed(ConnectionOutcome outcome, CloseCode code, ProtocolError error)
    {
        CloseConnection close = Assert.IsType<CloseConnection>(Assert.Single(outcome.Events));
        Assert.Equal((code, error, ConnectionState.RemoteClosing), (close.Code, close.Error, outcome.State));
    }

    /// <summary>Ends each frame of a message that carries RSV3 in its first frame by something.</summary>
    private static ScriptedCodec Completing(Action<IBufferWriter<byte>> complete)
    {
        bool wanted = false;
        return new ScriptedCodec(bits: ReservedBits.Rsv3)
        {
            OnHeader = header =>
            {
                wanted = header.Reserved == ReservedBits.Rsv3;
                return ExtensionResult.Done;
            },
            OnReceive = (ref payload, frameFinished, output) =>
            {
                output.Write(payload);
                payload = default;
                if (frameFinished && wanted)
                    complete(output);
                return ExtensionResult.Done;
            },
        };
    }

    /// <summary>Makes ten of each asterisk and leaves the rest, one byte of input for each step.</summary>
    private static ScriptedCodec Repeating() => new()
    {
        OnReceive = (ref payload, _, output) =>
        {
            if (payload.IsEmpty)
                return ExtensionResult.Done;
            output.Write(Wire.Repeat(payload[0], payload[0] == '*' ? 10 : 1));
            payload = payload[1..];
            return payload.IsEmpty ? ExtensionResult.Done : ExtensionResult.More;
        },
    };
}
