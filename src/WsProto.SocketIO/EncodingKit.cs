using System.Buffers;
using System.Collections.Generic;
using System.Text.Encodings.Web;
using System.Text.Json;
using WsProto.EngineIO;

namespace WsProto.SocketIO;

/// <summary>The buffers and the writer for one packet.</summary>
internal sealed class EncodingKit
{
    /// <summary>A larger buffer, in bytes, is not reused.</summary>
    private const int KeptCapacity = 64 * 1024;

    private static readonly JsonWriterOptions _writerOptions = new()
    {
        // The output is not HTML, and clients read UTF-8.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    internal EncodingKit() => Writer = new Utf8JsonWriter(Json, _writerOptions);

    internal ArrayBufferWriter<byte> Json { get; } = new();

    internal Utf8JsonWriter Writer { get; }

    internal List<Packet> Attachments { get; } = [];

    /// <summary>The start and the end of each placeholder in the JSON, including a comma before it.</summary>
    internal List<(int Start, int End)> Places { get; } = [];

    internal int Position => (int)(Writer.BytesCommitted + Writer.BytesPending);

    /// <summary>Prepares the kit for another packet.</summary>
    /// <returns>False if it should not be reused.</returns>
    internal bool Clear()
    {
        if (Json.Capacity > KeptCapacity)
            return false;
        Json.ResetWrittenCount();
        Attachments.Clear();
        Places.Clear();
        Writer.Reset();
        return true;
    }

    internal SocketIOAttachment[] AttachmentsInPlace()
    {
        var attachments = new SocketIOAttachment[Places.Count];
        for (int i = 0; i < attachments.Length; i++)
        {
            (int start, int end) = Places[i];
            if (Json.WrittenSpan[start] == ',')
                start++;
            attachments[i] = new(start, end - start, Attachments[i].Data);
        }

        return attachments;
    }
}
