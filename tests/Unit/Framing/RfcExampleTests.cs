namespace WsProto.Tests.Framing;

/// <summary>The examples of RFC 6455 §5.7, byte for byte.</summary>
[Trait("RFC", "6455 §5.7")]
public class RfcExampleTests
{
    [Fact]
    public void Client_receives_unmasked_text__delivers_it() =>
        Cuts.Expect(
            () => WsConnection.Established(ConnectionRole.Client),
            Wire.Hex("81 05 48 65 6c 6c 6f"),
            ConnectionState.Open,
            new TextMessage("Hello"));

    [Fact]
    public void Server_receives_masked_text__delivers_it() =>
        Cuts.Expect(
            () => WsConnection.Established(ConnectionRole.Server),
            Wire.Hex("81 85 37 fa 21 3d 7f 9f 4d 51 58"),
            ConnectionState.Open,
            new TextMessage("Hello"));

    [Fact]
    public void Client_receives_fragmented_text__delivers_it_whole() =>
        Cuts.Expect(
            () => WsConnection.Established(ConnectionRole.Client),
            Wire.Hex("01 03 48 65 6c 80 02 6c 6f"),
            ConnectionState.Open,
            new TextMessage("Hello"));

    [Fact]
    public void Server_receives_masked_pong__delivers_it() =>
        Cuts.Expect(
            () => WsConnection.Established(ConnectionRole.Server),
            Wire.Hex("8a 85 37 fa 21 3d 7f 9f 4d 51 58"),
            ConnectionState.Open,
            new Pong("Hello"u8.ToArray()));

    [Fact]
    public void Client_receives_64_KiB_of_bytes__delivers_them() =>
        Cuts.Expect(
            () => WsConnection.Established(ConnectionRole.Client),
            [.. Wire.Hex("82 7f 0000000000010000"), .. Wire.Repeat(7, 65536)],
            ConnectionState.Open,
            new BytesMessage(Wire.Repeat(7, 65536)));
}
