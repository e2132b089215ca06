using System.Text;
using WsProto.EngineIO;

namespace WsProto.SocketIO.MessagePack.Tests;

/// <summary>Messages as hexadecimal digits, and packets as text.</summary>
internal static class Peer
{
    internal static MessagePackSocketIOParser Parser { get; } = new();

    /// <summary>A packet of a type for the main namespace, with a value as its data.</summary>
    internal static string WithData(int type, string data) => $"83 a474797065 {type:x2} a36e7370 a12f a464617461 {data}";

    /// <summary>An event "a" with one argument.</summary>
    internal static string WithArgument(string argument) => WithData(2, $"92 a161 {argument}");

    internal static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    internal static SocketIOError? Receive(byte[] message, out SocketIOPacket? packet, SocketIODecoderOptions? options = null) =>
        new SocketIODecoder(options, Parser).ReceiveBinary(message, out packet);

    internal static SocketIOError? Receive(string hex, out SocketIOPacket? packet) => Receive(Bytes(hex), out packet);

    internal static SocketIOPacket Decode(ReadOnlyMemory<byte> message)
    {
        Assert.Null(Receive(message.ToArray(), out SocketIOPacket? packet, new() { MaxPacketSize = long.MaxValue, MaxDepth = 1000 }));
        return packet!;
    }

    internal static SocketIOPacket Decode(string hex) => Decode(Bytes(hex));

    internal static SocketIOPacket Decode(IReadOnlyList<Packet> messages)
    {
        Packet message = Assert.Single(messages);
        Assert.True(message.IsBinary);
        return Decode(message.Data);
    }

    internal static string Show(SocketIOPacket packet)
    {
        IEnumerable<int> indexes = Enumerable.Range(0, packet.Arguments.Count);
        string arguments = string.Join('|', indexes.Select(index => Encoding.UTF8.GetString(packet.Arguments.GetJson(index).Span)));
        return $"{packet.Type} {packet.Namespace} {packet.Id?.ToString() ?? "-"} {packet.Event ?? "-"} {arguments}".TrimEnd(' ');
    }
}
