using System.Text.Json;
using WsProto.EngineIO;
using WsProto.SocketIO;

namespace WsProto.Fuzz.Oracles;

/// <summary>What holds for packets of Socket.IO in every form on the wire.</summary>
internal static class PacketRules
{
    /// <summary>An event or ack that was read is written and read once more, and is the same.</summary>
    /// <param name="packet">What was read.</param>
    /// <param name="encoder">Writes the form.</param>
    /// <param name="decoder">A new one, which reads the form.</param>
    internal static void ThereAndBack(SocketIOPacket packet, SocketIOEncoder encoder, SocketIODecoder decoder)
    {
        object?[] arguments = [.. Enumerable.Range(0, packet.Arguments.Count).Select(index => Argument(packet.Arguments, index))];
        IReadOnlyList<Packet> messages;
        if (packet.Type == SocketIOPacketType.Event)
            messages = encoder.Event(packet.Namespace, packet.Event!, arguments, packet.Id);
        else if (packet.Type == SocketIOPacketType.Ack)
            messages = encoder.Ack(packet.Namespace, packet.Id!.Value, arguments);
        else
            return;
        SocketIOPacket? again = null;
        foreach (Packet message in messages)
        {
            SocketIOError? error = message.IsBinary
                ? decoder.ReceiveBinary(message.Data, out again)
                : decoder.ReceiveText(message.Data, out again);
            Oracle.Same(null, error, "What was written is a packet.");
        }

        Oracle.Same(
            (packet.Type, packet.Namespace, packet.Id, packet.Event),
            (again!.Type, again.Namespace, again.Id, again.Event),
            "There and back.");
        for (int i = 0; i < arguments.Length; i++)
        {
            Oracle.Same(Bytes(packet.Arguments, i), Bytes(again.Arguments, i), "Bytes there and back.");
            Oracle.That(JsonElement.DeepEquals(Json(packet.Arguments, i), Json(again.Arguments, i)), "An argument there and back.");
        }
    }

    private static object? Argument(SocketIOArguments arguments, int index) =>
        arguments.GetAttachment(index) is { } bytes ? (object?)bytes : Json(arguments, index);

    private static string Bytes(SocketIOArguments arguments, int index) =>
        arguments.GetAttachment(index) is { } bytes ? Convert.ToHexString(bytes.Span) : "none";

    internal static JsonElement Json(SocketIOArguments arguments, int index) =>
        JsonDocument.Parse(arguments.GetJson(index), new JsonDocumentOptions { MaxDepth = 100 }).RootElement;
}
