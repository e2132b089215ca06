// Converts JSON to MessagePack in two passes: MessagePack writes the number of elements before them, so they are counted first.

using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text.Json;
using MessagePack;

namespace WsProto.SocketIO.MessagePack;

/// <summary>Writes the payload of one packet.</summary>
internal static class PayloadWriter
{
    private static readonly JsonReaderOptions _options = new() { MaxDepth = int.MaxValue };

    internal static void Write(ref MessagePackWriter writer, SocketIOContent content, Scratch scratch)
    {
        Count(content, scratch);
        List<int> counts = scratch.Counts;
        int begun = 0;
        int attached = 0;
        var json = new Utf8JsonReader(content.Json.Span, _options);
        while (json.Read())
        {
            if (IsAttachment(ref json, content, attached))
            {
                writer.Write(content.Attachments[attached++].Data.Span);
                continue;
            }

            switch (json.TokenType)
            {
                case JsonTokenType.StartArray:
                    writer.WriteArrayHeader(counts[begun++]);
                    break;
                case JsonTokenType.StartObject:
                    writer.WriteMapHeader(counts[begun++]);
                    break;
                case JsonTokenType.PropertyName or JsonTokenType.String:
                    WriteText(ref writer, ref json);
                    break;
                case JsonTokenType.Number:
                    WriteNumber(ref writer, ref json);
                    break;
                case JsonTokenType.True or JsonTokenType.False:
                    writer.Write(json.TokenType == JsonTokenType.True);
                    break;
                case JsonTokenType.Null:
                    writer.WriteNil();
                    break;
            }
        }
    }

    private static void Count(SocketIOContent content, Scratch scratch)
    {
        List<int> counts = scratch.Counts;
        Stack<int> open = scratch.Open;
        int attached = 0;
        var json = new Utf8JsonReader(content.Json.Span, _options);
        while (json.Read())
        {
            if (json.TokenType is JsonTokenType.EndArray or JsonTokenType.EndObject)
            {
                _ = open.Pop();
                continue;
            }

            // For an object its names are counted, with a negative index; for an array, every value that begins in it.
            if (open.TryPeek(out int place))
                CountIn(counts, place, json.TokenType);
            if (IsAttachment(ref json, content, attached))
            {
                attached++;
            }
            else if (json.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
            {
                open.Push(json.TokenType == JsonTokenType.StartArray ? counts.Count : ~counts.Count);
                counts.Add(0);
            }
        }
    }

    /// <param name="counts">The number of elements of each array and object.</param>
    /// <param name="place">The index of the count of the innermost one; for an object, the complement of the index.</param>
    /// <param name="token">The token that begins in it.</param>
    private static void CountIn(List<int> counts, int place, JsonTokenType token)
    {
        if (place >= 0)
            counts[place]++;
        else if (token == JsonTokenType.PropertyName)
            counts[~place]++;
    }

    /// <summary>Whether the value that begins here stands for an attachment. If so, it is skipped.</summary>
    private static bool IsAttachment(ref Utf8JsonReader json, SocketIOContent content, int next)
    {
        if (next == content.Attachments.Count || content.Attachments[next].Start != json.TokenStartIndex)
            return false;
        json.Skip();
        return true;
    }

    private static void WriteText(ref MessagePackWriter writer, ref Utf8JsonReader json)
    {
        if (!json.ValueIsEscaped)
        {
            writer.WriteString(json.ValueSpan);
            return;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(json.ValueSpan.Length);
        int length = json.CopyString(buffer);
        writer.WriteString(buffer.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>Writes a number as an integer if it is written as one and fits; otherwise as JavaScript would read it.</summary>
    private static void WriteNumber(ref MessagePackWriter writer, ref Utf8JsonReader json)
    {
        if (json.ValueSpan.SequenceEqual("-0"u8))
            writer.Write(-0.0);
        else if (json.TryGetInt64(out long integer))
            writer.Write(integer);
        else if (json.TryGetUInt64(out ulong large))
            writer.Write(large);
        else
            writer.Write(json.GetDouble());
    }
}
