using System.Buffers;
using System.Collections.Generic;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace WsProto.SocketIO.MessagePack;

/// <summary>The buffers for one packet that is written or read.</summary>
internal sealed class Scratch
{
    /// <summary>Larger buffers, in bytes, are not reused.</summary>
    private const int KeptCapacity = 64 * 1024;

    private const int KeptCount = 4 * 1024;

    internal Scratch() => Json = new Utf8JsonWriter(
        Buffer,
        new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });

    /// <summary>The MessagePack that is written, or the output of <see cref="Json"/>.</summary>
    internal ArrayBufferWriter<byte> Buffer { get; } = new();

    /// <summary>Writes the JSON of a packet that is read.</summary>
    internal Utf8JsonWriter Json { get; }

    /// <summary>The attachments of a packet that is read.</summary>
    internal List<SocketIOAttachment> Attachments { get; } = [];

    /// <summary>The number of elements of each array and object of a packet that is written, in order.</summary>
    internal List<int> Counts { get; } = [];

    /// <summary>The arrays and objects that are open, while elements are counted or a packet is read.</summary>
    internal Stack<int> Open { get; } = [];

    internal int JsonPosition => (int)(Json.BytesCommitted + Json.BytesPending);

    /// <summary>Prepares the buffers for another packet.</summary>
    /// <returns>False if they should not be reused.</returns>
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
