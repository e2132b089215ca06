using System.Globalization;
using System.Text;
using WsProto.EngineIO;

namespace WsProto.SocketIO.Tests;

/// <summary>
/// A parser that nobody else has: lines of type, namespace, id, places of bytes (start:length:hex), and JSON, in a binary message. It
/// judges nothing.
/// </summary>
internal sealed class LineParser : SocketIOParser
{
    public override Packet Encode(SocketIOContent content)
    {
        string places = string.Join(' ', content.Attachments.Select(Show));
        return Binary($"{(int)content.Type}\n{content.Namespace}\n{content.Id}\n{places}\n{Encoding.UTF8.GetString(content.Json.Span)}");
    }

    public override Packet Append(Packet packet, string argument) =>
        Binary($"{Encoding.UTF8.GetString(packet.Data.Span)[..^1]},\"{argument}\"]");

    public override SocketIOError? Decode(
        ReadOnlyMemory<byte> message, bool isBinary, SocketIODecoderOptions limits, out SocketIOContent? content)
    {
        content = null;
        if (!isBinary)
            return SocketIOError.AttachmentMissing;
        string[] lines = Encoding.UTF8.GetString(message.Span).Split('\n', 5);
        content = new(
            (SocketIOPacketType)Number(lines[0]),
            lines[1],
            lines[2].Length == 0 ? null : long.Parse(lines[2], CultureInfo.InvariantCulture),
            Encoding.UTF8.GetBytes(lines[4]),
            [.. lines[3].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Place)]);
        return null;
    }

    private static string Show(SocketIOAttachment place) => $"{place.Start}:{place.Length}:{Convert.ToHexString(place.Data.Span)}";

    private static SocketIOAttachment Place(string text)
    {
        string[] parts = text.Split(':');
        return new(Number(parts[0]), Number(parts[1]), Convert.FromHexString(parts[2]));
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static Packet Binary(string text) => Packet.Binary(Encoding.UTF8.GetBytes(text));
}
