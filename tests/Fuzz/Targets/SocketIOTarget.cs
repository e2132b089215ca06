// The messages of one session of Socket.IO. Bytes that no UTF-8 has part them: FE begins a text, FF a binary message.

using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using WsProto.EngineIO;
using WsProto.Fuzz.Oracles;
using WsProto.SocketIO;

namespace WsProto.Fuzz.Targets;

/// <summary>The decoder of Socket.IO against a second reader, and its packets through the encoder and back.</summary>
internal sealed class SocketIOTarget() : Target("socketio")
{
    private const byte Text = 0xfe;
    private const byte Binary = 0xff;

    private static readonly string[] _pieces =
    [
        "[\"a\"", ",1", ",{\"_placeholder\":true,\"num\":0}", ",{\"num\":1,\"_placeholder\":true}", "]", "}", "[", "{\"x\":", "\"\\ud83d\"",
        "\"\\ud83d\\ude00\"",
        "\"\\\\\"", "/a,", "/", ",", "2", "51-", "52-", "3", "7", "0{\"token\":\"t\"}", "null", "-1", "1e5", "\"connect\"", "_placeholder",
        "grün",
    ];

    private readonly SocketIOEncoder _encoder = new();

    public override void Run(ReadOnlySpan<byte> input, Behaviour behaviour)
    {
        var decoder = new SocketIODecoder();
        int awaited = 0;
        foreach ((byte kind, byte[] message) in MessagesOf(input))
        {
            SocketIOError? error = kind == Binary
                ? decoder.ReceiveBinary(message, out SocketIOPacket? packet)
                : decoder.ReceiveText(message, out packet);
            behaviour.Step(error is { } wrong ? 100 + (int)wrong : kind, (int?)packet?.Type ?? -1, message.Length);
            if (kind == Binary)
            {
                Oracle.Same(awaited > 0, error is null, "A binary message is an attachment.");
                awaited -= error is null ? 1 : 0;
            }
            else
            {
                SocketIOModel.Packet? model = awaited == 0 && Utf8.IsValid(message)
                    ? SocketIOModel.Read(Encoding.UTF8.GetString(message))
                    : null;
                Oracle.Same(model is not null, error is null, $"Whether it is a packet: {Encoding.UTF8.GetString(message)}.");
                awaited = model?.Attachments ?? 0;
                if (packet is not null)
                {
                    Oracle.Same(
                        (model!.Type, model.Namespace, model.Id, model.Arguments),
                        ((int)packet.Type, packet.Namespace, packet.Id, packet.Arguments.Count),
                        "What the packet is.");
                }
            }

            if (error is not null)
                return;
            Oracle.Same(awaited > 0, packet is null, "Whether the packet is whole.");
            Oracle.Same(awaited > 0, decoder.AwaitsAttachments, "Whether attachments are awaited.");
            if (packet is not null)
                PacketRules.ThereAndBack(packet, _encoder, new SocketIODecoder(new() { MaxPacketSize = long.MaxValue, MaxDepth = 100 }));
        }
    }

    public override IEnumerable<Seed> Seeds() =>
    [
        new Seed("connect", Input("0", "0/admin,{\"token\":\"t\"}", "1/admin,")),
        new Seed("event", Input("2[\"a\",1,null,{\"b\":[true]}]", "2/x,12[7]", "3/x,12[]")),
        new Seed(
            "attachments",
            [.. Input("52-/x,1[\"a\",{\"_placeholder\":true,\"num\":1},[{\"_placeholder\":true,\"num\":0}]]"), Binary, 1, 2, Binary]),
        new Seed(
            "attachment-of-ack",
            [.. Input("61-1[{\"num\":0,\"_placeholder\":true,\"x\":{\"_placeholder\":true,\"num\":9}}]"), Binary, 7]),
        new Seed("half-characters", Input("2[\"\\ud83d\",\"\\ud83d\\ude00\",\"\\\\ud83d\",\"\\ude00\"]")),
        new Seed("refused", Input("4{\"message\":\"no\"}", "4\"no\"")),
        new Seed("reserved", Input("2[\"connect\"]")),
        new Seed("placeholder-of-nothing", Input("51-[\"a\",{\"_placeholder\":true,\"num\":1}]")),
        new Seed("large-id", Input("29007199254740991[\"a\"]", "29007199254740992[\"a\"]")),
        new Seed("text-for-attachment", Input("51-[\"a\"]", "2[\"a\"]")),
    ];

    public override byte[]? Piece(Random random) => Encoding.UTF8.GetBytes(_pieces[random.Next(_pieces.Length)]);

    private static byte[] Input(params string[] texts) => [.. texts.SelectMany(text => (byte[])[Text, .. Encoding.UTF8.GetBytes(text)])];

    private static List<(byte Kind, byte[] Message)> MessagesOf(ReadOnlySpan<byte> input)
    {
        var messages = new List<(byte, byte[])>();
        byte kind = Text;
        while (!input.IsEmpty)
        {
            int length = input.IndexOfAny(Text, Binary);
            length = length < 0 ? input.Length : length;
            if (length > 0 || kind == Binary)
                messages.Add((kind, input[..length].ToArray()));
            if (length == input.Length)
                break;
            kind = input[length];
            input = input[(length + 1)..];
            if (input.IsEmpty && kind == Binary)
                messages.Add((kind, []));
        }

        return messages;
    }
}
