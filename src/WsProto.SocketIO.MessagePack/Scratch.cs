using System.Buffers;
using System.Collections.Generic;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace WsProto.SocketIO.MessagePack;

/// <summary>Memory in which one packet is written or read.</summary>
internal sealed class Scratch
{
    /// <summary>Memory that was larger is not kept for the next packets.</summary>
    private const int KeptCapacity = 64 * 1024;

    private const int KeptCount = 4 * 1024;

    internal Scratch() => Json = new Utf8JsonWriter(
        Buffer,
        new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });

    /// <summary>MessagePack that is written, or the JSON of <see cref="Json"/>.</summary>
    internal ArrayBufferWriter<byte> Buffer { get; } = new();

    /// <summary>Writes what is read.</summary>
    internal Utf8JsonWriter Json { get; }

    /// <summary>The bytes in what is read.</summary>
    internal List<SocketIOAttachment> Attachments { get; } = [];

    /// <summary>How many elements each list and object has that is written, in the order in which they begin.</summary>
    internal List<int> Counts { get; } = [];

    /// <summary>The lists and objects that are open while that is counted, or while a packet is read.</summary>
    internal Stack<int> Open { get; } = [];

    internal int JsonPosition => (int)(Json.BytesCommitted + Json.BytesPending);

    /// <summary>Makes it ready for another packet.</summary>
    /// <returns>False if it is not to be kept.</returns>
    internal bool Clear()
    {
        if (Buffer.Capacity > KeptCapacity || Attachments.Capacity > KeptCount || Counts.Capacity > KeptCount)
            return false;
        Json.Reset();
        Buffer.ResetWrittenCount();
        Attachments.Clear();
        Counts.Clear();
        Open.Clear();
        return true;
    }
}
