
using WsProto.Extensions;

namespace WsProto.Tests.Extensions.Deflate;

/// <summary>DEFLATE blocks with BFINAL, which a sender may use anywhere.</summary>
[Trait("RFC", "7692 §7.2.3.4")]
public class FinalBlockTests
{
    private static readonly TextMessage _hello = new("Hello");
    private static readonly byte[] _final = Wire.Hex("f3 48 cd c9 c9 07 00");
    private static readonly byte[] _finalThenEmpty = Wire.Hex("f3 48 cd c9 c9 07 00 00");
    private static readonly byte[] _ordinary = Wire.Hex("f2 48 cd c9 c9 07 00");

    public static TheoryData<ConnectionRole, bool> Cases => new()
    {
        { ConnectionRole.Client, true },
        { ConnectionRole.Client, false },
        { ConnectionRole.Server, true },
        { ConnectionRole.Server, false },
    };

    private static void Delivers(ConnectionRole role, bool takeover, byte[] frames, params WsEvent[] events) =>
        Cuts.Expect(() => Deflated.Connection(role, takeover ? null : Deflated.NoTakeover), frames, ConnectionState.Open, events);

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Register", "C2")]
    [Trait("Register", "B2")]
    [Trait("Register", "S18")]
    public void Messages_after_a_final_block__are_delivered(ConnectionRole role, bool takeover) =>
        Delivers(
            role,
            takeover,
            [
                .. Deflated.First(role, Opcode.Text, _finalThenEmpty),
                .. Deflated.First(role, Opcode.Text, _ordinary),
                .. Deflated.First(role, Opcode.Text, _finalThenEmpty),
                .. Deflated.First(role, Opcode.Text, _finalThenEmpty),
                .. Deflated.First(role, Opcode.Text, [0x00]),
            ],
            _hello, _hello, _hello, _hello, new TextMessage(""));

    /// <summary>The window goes on from the stream that the final block began.</summary>
    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void Message_that_refers_to_one_after_a_final_block__is_delivered(ConnectionRole role) =>
        Delivers(
            role,
            takeover: true,
            [
                .. Deflated.First(role, Opcode.Text, _finalThenEmpty),
                .. Deflated.First(role, Opcode.Text, _ordinary),
                .. Deflated.First(role, Opcode.Text, Wire.Hex("f2 00 11 00 00")),
            ],
            _hello, _hello, _hello);

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Register", "S17")]
    public void Data_after_a_final_block__begins_a_new_stream(ConnectionRole role, bool takeover) =>
        Delivers(
            role,
            takeover,
            [
                .. Deflated.First(role, Opcode.Text, [.. _final, .. _final, .. _ordinary]),
                .. Deflated.First(role, Opcode.Text, [.. _final, .. _finalThenEmpty]),
            ],
            new TextMessage("HelloHelloHello"),
            new TextMessage("HelloHello"));

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Register", "S17")]
    public void Final_blocks_cut_into_frames_anywhere__are_delivered(ConnectionRole role, bool takeover)
    {
        byte[] compressed = [.. _final, .. _finalThenEmpty];
        for (int cut = 0; cut <= compressed.Length; cut++)
        {
            byte[] frames =
            [
                .. Deflated.First(role, Opcode.Text, compressed[..cut], fin: false),
                .. Deflated.Next(role, compressed[cut..]),
                .. Deflated.First(role, Opcode.Text, _ordinary),
            ];
            Delivers(role, takeover, frames, new TextMessage("HelloHello"), _hello);
        }
    }

    private static ConnectionOutcome RunMany(ConnectionRole role, bool takeover, params byte[][] messages) =>
        Deflated.Run(
            () => Deflated.Connection(role, takeover ? null : Deflated.NoTakeover),
            Wire.Concat(messages.Select(m => Deflated.First(role, Opcode.Text, m))),
            1, 2, 1_000);

    private static byte[] Many(string block, int count) => Wire.Concat(Enumerable.Repeat(Wire.Hex(block), count));

    /// <summary>03 00 is an empty final block: a restart for each two octets. Each message counts from nothing.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Register", "S17")]
    public void Final_blocks_up_to_1024_in_a_message__are_delivered(ConnectionRole role, bool takeover)
    {
        byte[] most = Many("03 00", Inflater.MaxFinalBlocks);
        ConnectionOutcome outcome =
            RunMany(role, takeover, [.. most, .. _ordinary], most, [.. Many("03 00", Inflater.MaxFinalBlocks - 1), .. _final], _ordinary);
        Assert.Equal(new ConnectionOutcome([_hello, new TextMessage(""), _hello, _hello], ConnectionState.Open), outcome);
    }

    /// <summary>A restart costs as much as inflating a hundred bytes.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Register", "S17")]
    public void One_final_block_more__fails_with_1008(ConnectionRole role, bool takeover)
    {
        byte[] most = Many("03 00", Inflater.MaxFinalBlocks);
        foreach (byte[] message in (byte[][])
        [
            [.. most, .. _final], [.. most, .. _final, .. _ordinary], [.. _final, .. most], [.. most, 0x03, 0x00, 0xFF],
        ])
            Deflated.Fails(RunMany(role, takeover, message), ProtocolError.ExtensionFailed, CloseCode.PolicyViolation);
    }

    /// <summary>A frame may end with a final block, so blocks are counted for the message and not for the frame.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Register", "S17")]
    public void Final_blocks_are_counted_across_frames(ConnectionRole role, bool takeover)
    {
        byte[] half = Many("03 00", Inflater.MaxFinalBlocks / 2);
        byte[] Frames(byte[] last) =>
        [
            .. Deflated.First(role, Opcode.Text, half, fin: false),
            .. Deflated.Next(role, [], fin: false),
            .. Deflated.Next(role, half, fin: false),
            .. Deflated.Next(role, last),
        ];
        WsConnection Create() => Deflated.Connection(role, takeover ? null : Deflated.NoTakeover);
        Assert.Equal(new ConnectionOutcome([_hello], ConnectionState.Open), Deflated.Run(Create, Frames(_ordinary), 1, 3));
        Deflated.Fails(Deflated.Run(Create, Frames(_final), 1, 3), ProtocolError.ExtensionFailed, CloseCode.PolicyViolation);
    }

    /// <summary>
    /// Some compress with one call that finishes the stream, and send what it gives. §7.2.1 wants an empty block after that, but the end of
    /// a final block shows that nothing is missing, so the message is taken for whole.
    /// </summary>
    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Register", "S18")]
    public void Message_that_ends_with_its_final_block__is_delivered(ConnectionRole role, bool takeover)
    {
        byte[] data = Deflated.Prose(400);
        Delivers(
            role,
            takeover,
            [
                .. Deflated.First(role, Opcode.Text, _final),
                .. Deflated.First(role, Opcode.Binary, Zip.Finished(data)),
                .. Deflated.First(role, Opcode.Text, _ordinary),
                .. Deflated.First(role, Opcode.Text, _final, fin: false),
                .. Deflated.Next(role, []),
                .. Deflated.First(role, Opcode.Text, _ordinary),
            ],
            _hello, new BytesMessage(data), _hello, _hello, _hello);
    }

    /// <summary>The empty block may itself be the final one; some compressors close with it.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void Empty_block_that_is_final__is_delivered(ConnectionRole role, bool takeover) =>
        Delivers(
            role,
            takeover,
            [
                .. Deflated.First(role, Opcode.Text, [.. _ordinary, 0x00, 0x00, 0xFF, 0xFF, 0x01]),
                .. Deflated.First(role, Opcode.Text, _ordinary),
                .. Deflated.First(role, Opcode.Text, [0x01]),
            ],
            _hello, _hello, new TextMessage(""));

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Register", "S17")]
    public void Rubbish_after_a_final_block__fails_with_1007(ConnectionRole role, bool takeover)
    {
        foreach (string rubbish in new[] { "ff", "ff ff ff ff", "07", "00 00 ff ff", "78 78 78", "05" })
        {
            byte[] frame = Deflated.First(role, Opcode.Text, [.. _final, .. Wire.Hex(rubbish)]);
            Deflated.Fails(
                Cuts.Run(() => Deflated.Connection(role, takeover ? null : Deflated.NoTakeover), frame),
                ProtocolError.ExtensionFailed,
                CloseCode.InvalidPayloadData);
        }
    }

    /// <summary>The end of a final block does not stand for the message that follows it.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void Compressed_message_without_any_octet__fails_with_1007_also_after_a_final_block(ConnectionRole role, bool takeover)
    {
        WsConnection Create()
        {
            WsConnection connection = Deflated.Connection(role, takeover ? null : Deflated.NoTakeover);
            Assert.Equal([_hello], connection.Read(Deflated.First(role, Opcode.Text, _final)));
            return connection;
        }

        Deflated.Fails(
            Cuts.Run(Create, Deflated.First(role, Opcode.Text, [])), ProtocolError.ExtensionFailed, CloseCode.InvalidPayloadData);
        Deflated.Fails(
            Cuts.Run(Create, [.. Deflated.First(role, Opcode.Text, [], fin: false), .. Deflated.Next(role, [])]),
            ProtocolError.ExtensionFailed,
            CloseCode.InvalidPayloadData);
    }
}
