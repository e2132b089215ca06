using System.IO.Compression;

namespace WsProto.Tests.Extensions.Deflate;

/// <summary>Streams that are truncated or corrupt: 1007, never an exception, and nothing of the message is delivered.</summary>
[Trait("RFC", "7692 §7.2.2")]
public class BrokenStreamTests
{
    /// <summary>Role, what it is, the stream, and the lengths at which it has come to the empty block that ends a message.</summary>
    public static TheoryData<ConnectionRole, string, byte[], int[]> Streams
    {
        get
        {
            var data = new TheoryData<ConnectionRole, string, byte[], int[]>();
            foreach (ConnectionRole role in Enum.GetValues<ConnectionRole>())
            {
                data.Add(role, "one fixed block", Wire.Hex("f2 48 cd c9 c9 07 00"), []);
                data.Add(role, "a stored block", Wire.Hex("00 05 00 fa ff 48 65 6c 6c 6f 00"), [1]);
                data.Add(role, "two blocks", Wire.Hex("f2 48 05 00 00 00 ff ff ca c9 c9 07 00"), [4]);
                data.Add(role, "dynamic codes", Zip.One(Deflated.Prose(400)), []);
                data.Add(role, "noise", Zip.One(Deflated.Noise(200)), [1]);
            }

            return data;
        }
    }

    private static ConnectionOutcome Run(ConnectionRole role, byte[] frames) => Deflated.Run(() => Deflated.Connection(role), frames, 1, 9);

    [Theory]
    [MemberData(nameof(Streams))]
    public void Truncated_anywhere__fails_with_1007(ConnectionRole role, string kind, byte[] stream, int[] ends)
    {
        Assert.NotEmpty(kind);
        foreach (int length in Enumerable.Range(0, stream.Length).Except(ends))
        {
            byte[] frames = [.. Deflated.First(role, Opcode.Binary, stream[..length]), .. Wire.FrameFor(role, Opcode.Ping, [])];
            Deflated.Fails(Run(role, frames), ProtocolError.ExtensionFailed, CloseCode.InvalidPayloadData);
        }

        foreach (int length in ends.Append(stream.Length))
            Assert.IsType<BytesMessage>(Assert.Single(Run(role, Deflated.First(role, Opcode.Binary, stream[..length])).Events));
    }

    /// <summary>Some changes give another valid stream. What else comes out is a failure that names itself.</summary>
    [Theory]
    [MemberData(nameof(Streams))]
    [Trait("Register", "S22")]
    public void Corrupt_anywhere__is_read_otherwise_or_fails(ConnectionRole role, string kind, byte[] stream, int[] ends)
    {
        Assert.NotEmpty(kind);
        Assert.DoesNotContain(stream.Length, ends);
        int failures = 0;
        for (int i = 0; i < stream.Length; i++)
        {
            foreach (byte change in new byte[] { 0x04, 0xFF })
            {
                byte[] corrupt = [.. stream];
                corrupt[i] ^= change;
                WsEvent e = Assert.Single(Run(role, Deflated.First(role, Opcode.Binary, corrupt)).Events);
                failures += e is CloseConnection ? 1 : 0;
                if (e is CloseConnection close)
                    Assert.Equal(Deflated.BadData, (close.Error!.Value, close.Code));
                else
                    Assert.IsType<BytesMessage>(e);
            }
        }

        Assert.NotEqual(0, failures);
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("Register", "S22")]
    public void Noise_instead_of_a_stream__is_read_somehow_or_fails(ConnectionRole role)
    {
        var limits = new WsConnectionOptions { MaxMessageSize = 4096 };
        (ProtocolError?, CloseCode)[] allowed =
        [
            (ProtocolError.ExtensionFailed, CloseCode.InvalidPayloadData), (ProtocolError.MessageTooBig, CloseCode.MessageTooBig),
        ];
        for (int seed = 0; seed < 1_000; seed++)
        {
            byte[] frame = Deflated.First(role, Opcode.Binary, Deflated.Noise(1 + (seed % 120), seed));
            ConnectionOutcome whole = Deflated.Run(() => Deflated.Connection(role, options: limits), frame, 1);
            if (Assert.Single(whole.Events) is CloseConnection close)
                Assert.Contains((close.Error, close.Code), allowed);
        }
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("wsproto", "test_permessage_deflate.py::TestPerMessageDeflate::test_inbound_bad_zlib_payload")]
    public void Payload_that_is_no_stream__fails_with_1007_and_later_bytes_are_dropped(ConnectionRole role)
    {
        byte[] frames = [.. Deflated.First(role, Opcode.Binary, Wire.Repeat((byte)'x', 23)), .. Wire.FrameFor(role, Opcode.Ping, [])];
        Deflated.Fails(Cuts.Run(() => Deflated.Connection(role), frames), ProtocolError.ExtensionFailed, CloseCode.InvalidPayloadData);
    }

    /// <summary>All is well until the end of the message shows that the stream has not come to its own.</summary>
    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("wsproto", "test_permessage_deflate.py::TestPerMessageDeflate::test_inbound_bad_zlib_decoder_end_state")]
    public void Stream_that_does_not_end_with_the_message__fails_with_1007(ConnectionRole role)
    {
        byte[] frames =
        [
            .. Deflated.First(role, Opcode.Binary, Wire.Hex("f2 48 cd"), fin: false),
            .. Wire.FrameFor(role, Opcode.Continuation, []),
        ];
        Deflated.Fails(Cuts.Run(() => Deflated.Connection(role), frames), ProtocolError.ExtensionFailed, CloseCode.InvalidPayloadData);
    }

    /// <summary>With the four octets that should have been removed, the payload ends with half a block.</summary>
    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void Four_octets_that_were_not_removed__fail_with_1007(ConnectionRole role)
    {
        byte[] frame = Deflated.First(role, Opcode.Text, Wire.Hex("f2 48 cd c9 c9 07 00 00 00 ff ff"));
        Deflated.Fails(Cuts.Run(() => Deflated.Connection(role), frame), ProtocolError.ExtensionFailed, CloseCode.InvalidPayloadData);
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void Compressed_message_without_any_octet__fails_with_1007(ConnectionRole role)
    {
        Deflated.Fails(
            Cuts.Run(() => Deflated.Connection(role), Deflated.First(role, Opcode.Text, [])),
            ProtocolError.ExtensionFailed,
            CloseCode.InvalidPayloadData);
        byte[] frames =
        [
            .. Deflated.First(role, Opcode.Text, [], fin: false),
            .. Wire.FrameFor(role, Opcode.Ping, []),
            .. Deflated.Next(role, []),
        ];
        ConnectionOutcome outcome = Cuts.Run(() => Deflated.Connection(role), frames);
        Assert.Equal(2, outcome.Events.Count);
        Deflated.Fails(outcome with { Events = [.. outcome.Events.Skip(1)] }, ProtocolError.ExtensionFailed, CloseCode.InvalidPayloadData);
    }

    /// <summary>The history is gone on our side, so a sender that goes on with its own is found out.</summary>
    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void Reference_to_a_history_that_was_to_be_forgotten__fails_with_1007(ConnectionRole role)
    {
        byte[] frames =
        [
            .. Deflated.First(role, Opcode.Text, Wire.Hex("f2 48 cd c9 c9 07 00")),
            .. Deflated.First(role, Opcode.Text, Wire.Hex("f2 00 11 00 00")),
        ];
        ConnectionOutcome outcome = Cuts.Run(() => Deflated.Connection(role, Deflated.NoTakeover), frames);
        Assert.Equal(new TextMessage("Hello"), outcome.Events[0]);
        Deflated.Fails(outcome with { Events = [.. outcome.Events.Skip(1)] }, ProtocolError.ExtensionFailed, CloseCode.InvalidPayloadData);
    }

    /// <summary>
    /// zlib notices a distance beyond the window only where the bytes are not at hand any more, and that depends on how they arrived, so
    /// there are no cuts here. Either way no wrong byte is delivered.
    /// </summary>
    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void Peer_that_uses_more_than_its_window__is_understood_or_fails_with_1007(ConnectionRole role)
    {
        byte[] noise = Deflated.Noise(3_000);
        byte[] data = [.. noise, .. noise];
        byte[] frame = Deflated.First(role, Opcode.Binary, Zip.One(data));
        Assert.Equal([new BytesMessage(data)], Cuts.Feed(() => Deflated.Connection(role, Deflated.Windows(15)), frame.Chunk(1)).Events);
        foreach (int size in new[] { 1, 100, frame.Length })
        {
            WsEvent e = Assert.Single(Cuts.Feed(() => Deflated.Connection(role, Deflated.Windows(9)), frame.Chunk(size)).Events);
            if (e is CloseConnection close)
                Assert.Equal(Deflated.BadData, (close.Error!.Value, close.Code));
            else
                Assert.Equal(new BytesMessage(data), e);
        }
    }

    /// <summary>A peer that agreed on 2^8 may in fact use 2^9, as zlib makes of it; both are understood.</summary>
    [Theory]
    [InlineData(ConnectionRole.Client, 250)]
    [InlineData(ConnectionRole.Server, 250)]
    [InlineData(ConnectionRole.Client, 500)]
    [InlineData(ConnectionRole.Server, 500)]
    public void Peer_with_the_smallest_window__is_understood(ConnectionRole role, int distance)
    {
        DeflateParameters agreed = role == ConnectionRole.Client ? new() { ServerMaxWindowBits = 8 } : new() { ClientMaxWindowBits = 8 };
        byte[] data = Deflated.Noise(distance);
        using var zip = new Zip();
        byte[] frames = Wire.Concat(Enumerable.Range(0, 5).Select(_ => Deflated.First(role, Opcode.Binary, zip.Message(data))));
        ConnectionOutcome outcome = Deflated.Run(() => Deflated.Connection(role, agreed), frames, 1, 64);
        Assert.Equal(new ConnectionOutcome([.. Enumerable.Repeat(new BytesMessage(data), 5)], ConnectionState.Open), outcome);
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Fastest)]
    [InlineData(CompressionLevel.SmallestSize)]
    public void Every_way_to_compress__is_understood(CompressionLevel level)
    {
        byte[] data = [.. Deflated.Prose(30_000), .. Deflated.Noise(5_000), .. new byte[40_000]];
        using var zip = new Zip(level);
        byte[] frames =
        [
            .. Deflated.First(ConnectionRole.Client, Opcode.Binary, zip.Message(data)),
            .. Deflated.First(ConnectionRole.Client, Opcode.Binary, zip.Message(data)),
        ];
        ConnectionOutcome outcome = Deflated.Run(() => Deflated.Connection(ConnectionRole.Client), frames, 7, 1_400);
        Assert.Equal(new ConnectionOutcome([new BytesMessage(data), new BytesMessage(data)], ConnectionState.Open), outcome);
    }
}
