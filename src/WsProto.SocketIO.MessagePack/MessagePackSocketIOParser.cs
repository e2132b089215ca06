// A packet is one binary message, a map (npm's socket.io-msgpack-parser 3):
//
//   { "type": 0..4, "nsp": text, "id"?: integer, "data"?: payload }
//
// Keys may have any order, and unknown keys are ignored. npm's parser keeps a key whose value is undefined, and Python's one whose value is
// None; both mean that there is no value. Packets that we write have no such key, because npm's parser refuses nil.

using System;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using MessagePack;
using WsProto.EngineIO;

namespace WsProto.SocketIO.MessagePack;

/// <summary>
/// Encodes packets as MessagePack, compatible with npm's <c>socket.io-msgpack-parser</c> and the <c>msgpack</c> serializer of Python.
/// </summary>
/// <remarks>
/// <para>
/// System.Text.Json serializes and deserializes arguments, so the same handlers and types work with both encodings. Byte arrays, at any
/// depth, are binary values of MessagePack, not attachments.
/// </para>
/// <para>
/// Values that JSON does not have are read as JavaScript's <c>JSON.stringify</c> writes them: NaN and infinities as null, dates as strings,
/// undefined as null in an array and as nothing in an object. Thread-safe.
/// </para>
/// </remarks>
public sealed class MessagePackSocketIOParser : SocketIOParser
{
    /// <summary>The maximum size of a message in bytes. One byte becomes at most six bytes of JSON, which must fit into an array.</summary>
    internal const int MaxMessageSize = 128 << 20;

    private readonly ConcurrentQueue<Scratch> _scratches = [];

    /// <inheritdoc/>
    public override Packet Encode(SocketIOContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        Scratch scratch = Rent();
        var writer = new MessagePackWriter(scratch.Buffer);
        writer.WriteMapHeader(2 + (content.Id is null ? 0 : 1) + (content.Json.IsEmpty ? 0 : 1));
        writer.WriteString(PacketKeys.Type);
        writer.Write((int)content.Type);
        writer.WriteString(PacketKeys.Namespace);
        writer.Write(content.Namespace);
        if (content.Id is { } id)
        {
            writer.WriteString(PacketKeys.Id);
            writer.Write(id);
        }

        if (!content.Json.IsEmpty)
        {
            // "data" is the last key, so that Append can add an argument at the end.
            writer.WriteString(PacketKeys.Data);
            PayloadWriter.Write(ref writer, content, scratch);
        }

        writer.Flush();
        return Take(scratch);
    }

    /// <inheritdoc/>
    public override Packet Append(Packet packet, string argument)
    {
        ArgumentNullException.ThrowIfNull(packet);
        ReadOnlySpan<byte> message = packet.Data.Span;
        var reader = new MessagePackReader(packet.Data);
        int keys = reader.ReadMapHeader();
        for (int i = 1; i < keys; i++)
        {
            reader.Skip();
            reader.Skip();
        }

        reader.Skip();
        int begin = (int)reader.Consumed;
        int count = reader.ReadArrayHeader();
        Scratch scratch = Rent();
        var writer = new MessagePackWriter(scratch.Buffer);
        writer.WriteRaw(message[..begin]);
        writer.WriteArrayHeader(count + 1);
        writer.WriteRaw(message[(int)reader.Consumed..]);
        writer.Write(argument);
        writer.Flush();
        return Take(scratch);
    }

    /// <inheritdoc/>
    [SuppressMessage("Design", "CA1031", Justification = "The reader throws several types of exceptions for invalid bytes.")]
    public override SocketIOError? Decode(
        ReadOnlyMemory<byte> message, bool isBinary, SocketIODecoderOptions limits, out SocketIOContent? content)
    {
        ArgumentNullException.ThrowIfNull(limits);
        content = null;
        if (!isBinary)
            return SocketIOError.PacketMalformed;
        if (message.Length > MaxMessageSize)
            return SocketIOError.PacketTooLarge;
        Scratch scratch = Rent();
        try
        {
            var reader = new PacketReader(message, limits, scratch);
            return reader.Read(out content);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return SocketIOError.PacketMalformed;
        }
        finally
        {
            Return(scratch);
        }
    }

    private Packet Take(Scratch scratch)
    {
        Packet packet = Packet.Binary(scratch.Buffer.WrittenSpan);
        Return(scratch);
        return packet;
    }

    private Scratch Rent() => _scratches.TryDequeue(out Scratch? scratch) ? scratch : new Scratch();

    private void Return(Scratch scratch)
    {
        if (scratch.Clear())
            _scratches.Enqueue(scratch);
    }
}
