namespace WsProto.Tests.Extensions.Deflate;

/// <summary>The examples of RFC 7692 §7.2.3, byte for byte.</summary>
[Trait("RFC", "7692 §7.2.3")]
public class RfcExampleTests
{
    private static void Delivers(string frames, params WsEvent[] events)
    {
        byte[] plain = Wire.Hex(frames);
        Cuts.Expect(() => Deflated.Connection(ConnectionRole.Client), plain, ConnectionState.Open, events);
        Cuts.Expect(() => Deflated.Connection(ConnectionRole.Server), Masked(plain), ConnectionState.Open, events);
    }

    /// <summary>The same frames as a client sends them.</summary>
    private static byte[] Masked(byte[] frames) =>
        Wire.Concat(SentFrame.Parse(frames).Select(frame => Wire.Frame(frame.Opcode, frame.Payload, frame.Fin, frame.Rsv, Wire.Key)));

    private static readonly TextMessage _hello = new("Hello");

    [Fact]
    [Trait("MUST", "7692-6.2-1")]
    [Trait("MUST", "7692-6.1-1")]
    public void One_compressed_block__in_one_frame() => Delivers("c1 07 f2 48 cd c9 c9 07 00", _hello);

    [Fact]
    [Trait("MUST", "7692-6.2-1")]
    public void One_compressed_block__in_two_frames() => Delivers("41 03 f2 48 cd  80 04 c9 c9 07 00", _hello);

    [Fact]
    [Trait("MUST", "7692-7.2.2-1")]
    [Trait("MUST", "7692-7.2.2-2")]
    public void Sharing_the_window__second_message_refers_to_the_first() =>
        Delivers("c1 07 f2 48 cd c9 c9 07 00  c1 05 f2 00 11 00 00", _hello, _hello);

    [Fact]
    public void Block_with_no_compression() => Delivers("c1 0b 00 05 00 fa ff 48 65 6c 6c 6f 00", _hello);

    [Fact]
    [Trait("Register", "S18")]
    public void Final_block() => Delivers("c1 08 f3 48 cd c9 c9 07 00 00", _hello);

    [Fact]
    public void Two_blocks_in_one_message() => Delivers("c1 0d f2 48 05 00 00 00 ff ff ca c9 c9 07 00", _hello);

    [Fact]
    public void Empty_last_fragment() => Delivers("41 0b f2 48 cd c9 c9 07 00 00 00 ff ff  80 01 00", _hello);

    [Fact]
    public void Empty_message() => Delivers("c1 01 00", new TextMessage(""));

    /// <summary>The compressor takes one block with fixed codes, as in the RFC, and then refers to the first message.</summary>
    [Fact]
    [Trait("MUST", "7692-6.1-1")]
    public void Server_sends_Hello_twice__writes_the_bytes_of_the_example()
    {
        using WsConnection server = Deflated.Connection(ConnectionRole.Server);
        var hello = new TextMessage("Hello") { Compress = true };
        Assert.Equal(Wire.Hex("c1 07 f2 48 cd c9 c9 07 00"), server.Send(hello));
        Assert.Equal(Wire.Hex("c1 05 f2 00 11 00 00"), server.Send(hello));
    }

    [Fact]
    [Trait("MUST", "7692-6.1-1")]
    public void Client_sends_Hello_twice__writes_the_bytes_of_the_example_masked()
    {
        using WsConnection client = Deflated.Connection(ConnectionRole.Client, options: new() { Random = Rand.Fixed(Wire.Key) });
        var hello = new TextMessage("Hello") { Compress = true };
        Assert.Equal(Wire.Hex("c1 87 37fa213d c5b2ecf4 fefd21"), client.Send(hello));
        Assert.Equal(Wire.Hex("c1 85 37fa213d c5fa303d 37"), client.Send(hello));
    }

    [Fact]
    [Trait("MUST", "7692-7.2.1-2")]
    public void Server_sends_fragments__last_one_empty()
    {
        using WsConnection server = Deflated.Connection(ConnectionRole.Server);
        Assert.Equal(Wire.Hex("41 0b f2 48 cd c9 c9 07 00 00 00 ff ff"), server.Send(new TextMessage("Hello") { MessageFinished = false }));
        Assert.Equal(Wire.Hex("80 01 00"), server.Send(new TextMessage("")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Server_sends_empty_messages__writes_one_octet_each(bool takeover)
    {
        using WsConnection server = Deflated.Connection(ConnectionRole.Server, takeover ? null : Deflated.NoTakeover);
        var empty = new TextMessage("") { Compress = true };
        Assert.Equal(Wire.Hex("c1 01 00"), server.Send(empty));
        Assert.Equal(Wire.Hex("c1 01 00"), server.Send(empty));
        Assert.Equal(Opcode.Binary, SentFrame.One(server.Send(new BytesMessage(new byte[100]))).Opcode);
        Assert.Equal(Wire.Hex("c1 01 00"), server.Send(empty));
    }
}
