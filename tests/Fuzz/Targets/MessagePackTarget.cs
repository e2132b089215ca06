using System.Text.Json;
using WsProto.EngineIO;
using WsProto.Fuzz.Oracles;
using WsProto.SocketIO;
using WsProto.SocketIO.MessagePack;

namespace WsProto.Fuzz.Targets;

/// <summary>The decoder of Socket.IO in MessagePack against a second reader, and its packets through the encoder and back.</summary>
internal sealed class MessagePackTarget() : Target("msgpack")
{
    private static readonly MessagePackSocketIOParser _parser = new();

    private static readonly string[] _pieces =
    [
        "a474797065", "a36e7370", "a26964", "a464617461", "a12f", "a22f78", "02", "03", "91", "92", "81", "80", "a161", "c0", "c3",
        "c40101", "c400", "d40000",
        "d70000000000000003e8", "d6ff00000001", "c70cff0000000000000000000000ff", "c7010001", "d40501", "cb3ff8000000000000",
        "cb7ff8000000000000", "ca3f000000",
        "cd0100", "cfffffffffffffffff", "d38000000000000000", "e0", "dc0002", "dd00000001", "de0001", "df00000001", "d90161", "da000161",
        "db0000000161", "dfffffffff", "a7636f6e6e656374", "a3eda0bd", "91919191919191919191919191919191",
    ];

    private readonly SocketIOEncoder _encoder = new(parser: _parser);

    public override void Run(ReadOnlySpan<byte> input, Behaviour behaviour)
    {
        byte[] message = input.ToArray();
        SocketIOError? error = new SocketIODecoder(null, _parser).ReceiveBinary(message, out SocketIOPacket? packet);
        behaviour.Step(error is { } wrong ? 100 + (int)wrong : 1, (int?)packet?.Type ?? -1, packet?.Arguments.Count ?? message.Length);
        MessagePackModel.Packet? model = MessagePackModel.Read(message);
        Oracle.Same(model is not null, error is null, $"Whether it is a packet: {Convert.ToHexString(message)}, {error}.");
        if (packet is null)
            return;
        Oracle.Same(
            (model!.Type, model.Namespace, model.Id, model.Arguments.Count),
            ((int)packet.Type, packet.Namespace, packet.Id, packet.Arguments.Count),
            "What the packet is.");
        for (int i = 0; i < model.Arguments.Count; i++)
        {
            JsonElement json = PacketRules.Json(packet.Arguments, i);
            behaviour.Step(2, (int)json.ValueKind, packet.Arguments.GetAttachment(i)?.Length + 1 ?? 0);
            Oracle.That(MessagePackModel.IsSame(model.Arguments[i], json), $"Argument {i} of {Convert.ToHexString(message)}: {json}.");
            Oracle.Same(model.Arguments[i] is byte[], packet.Arguments.GetAttachment(i) is not null, "Whether an argument is bytes.");
        }

        PacketRules.ThereAndBack(packet, _encoder, new SocketIODecoder(new() { MaxPacketSize = long.MaxValue }, _parser));
    }

    public override IEnumerable<Seed> Seeds() =>
    [
        Of("connect", "84 a474797065 00 a464617461 d40000 a36e7370 a12f a26964 d40000"),
        Of("connect-with-auth", "83 a474797065 00 a464617461 81 a5746f6b656e a174 a36e7370 a22f78"),
        Of("disconnect-of-python", "83 a474797065 01 a464617461 c0 a36e7370 a12f"),
        Of("event", "84 a474797065 02 a36e7370 a12f a464617461 95 a161 01 c0 82 a162 91 c3 01 a0 cb3ff8000000000000 a26964 03"),
        Of("bytes", "83 a474797065 02 a36e7370 a12f a464617461 94 a161 c4020102 81 a178 c400 c7010001"),
        Of("extensions", "83 a474797065 02 a36e7370 a12f a464617461 96 a161 d70000000000000003e8 d6ff00000001 d40501 c7020501ff d40000"),
        Of("undefined-inside", "83 a474797065 02 a36e7370 a12f a464617461 93 a161 82 a162 d40000 a163 01 91 d40000"),
        Of("ack", "84 a474797065 03 a36e7370 a12f a26964 cd0100 a464617461 91 cfffffffffffffffff"),
        Of("refused", "83 a474797065 04 a36e7370 a12f a464617461 a26e6f"),
        Of("options", "84 a474797065 02 a36e7370 a12f a464617461 91 a161 a76f7074696f6e73 81 a178 92 c0 c3"),
        Of("large-id", "84 a474797065 02 a36e7370 a12f a26964 cf0020000000000000 a464617461 91 a161"),
        Of("reserved", "83 a474797065 02 a36e7370 a12f a464617461 91 a7636f6e6e656374"),
        Of("lengths-of-nothing", "83 a474797065 02 a36e7370 a12f a464617461 ddffffffff"),
        Of("trailing", "82 a474797065 01 a36e7370 a12f 00"),
        Of("twice", "83 a474797065 01 a36e7370 a12f a474797065 01"),
        Of("deep", $"83 a474797065 02 a36e7370 a12f a464617461 92 a161 {string.Concat(Enumerable.Repeat("91", 64))} c0"),
    ];

    public override byte[]? Piece(Random random) => Convert.FromHexString(_pieces[random.Next(_pieces.Length)]);

    private static Seed Of(string name, string hex) => new(name, Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));
}
