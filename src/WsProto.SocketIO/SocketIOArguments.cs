// The arguments of a packet: JSON as it was received, and attachments for its placeholders. Nothing is made of an argument before it is
// asked for. Where an argument has placeholders inside, it is read from a copy in which each is the base64 text of its attachment, so that
// any type with a byte[] in it reads what was attached, by any serializer of System.Text.Json.

using System;
using System.Buffers;
using System.Buffers.Text;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace WsProto.SocketIO;

/// <summary>The arguments of a packet.</summary>
/// <remarks>Immutable; any number of threads may read them.</remarks>
[DebuggerDisplay("{Count} arguments")]
public sealed class SocketIOArguments
{
    private readonly ReadOnlyMemory<byte> _json;
    private readonly JsonPart[] _parts;
    private readonly Placeholder[] _placeholders;
    private readonly ReadOnlyMemory<byte>[] _attachments;
    private readonly JsonSerializerOptions? _options;

    internal SocketIOArguments(
        ReadOnlyMemory<byte> json,
        JsonPart[] parts,
        Placeholder[] placeholders,
        ReadOnlyMemory<byte>[] attachments,
        JsonSerializerOptions? options = null)
    {
        _options = options;
        _json = json;
        _parts = parts;
        _placeholders = placeholders;
        _attachments = attachments;
    }

    /// <summary>The most characters that <see cref="ToString"/> shows.</summary>
    private const int MaxShown = 200;

    /// <summary>No arguments.</summary>
    public static SocketIOArguments None { get; } = new(default, [], [], []);

    /// <summary>How many there are.</summary>
    public int Count => _parts.Length;

    /// <summary>An argument as JSON in UTF-8. An attachment in it stands as a string of base64.</summary>
    /// <param name="index">Which, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such argument.</exception>
    public ReadOnlyMemory<byte> GetJson(int index)
    {
        JsonPart part = PartAt(index);
        ReadOnlyMemory<byte> json = _json.Slice(part.Start, part.Length);
        int first = FirstPlaceholderFrom(part.Start);
        return first < _placeholders.Length && _placeholders[first].Start < part.End ? Fill(part, first, WriteBase64) : json;
    }

    /// <summary>An argument that is an attachment; null if it is not.</summary>
    /// <param name="index">Which, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such argument.</exception>
    public ReadOnlyMemory<byte>? GetAttachment(int index)
    {
        JsonPart part = PartAt(index);
        int first = FirstPlaceholderFrom(part.Start);
        if (first == _placeholders.Length || _placeholders[first].Start != part.Start || _placeholders[first].Length != part.Length)
            return null;
        return _attachments[_placeholders[first].Number];
    }

    /// <summary>Reads an argument.</summary>
    /// <typeparam name="T">What it stands for. <c>byte[]</c> and <see cref="ReadOnlyMemory{T}"/> of bytes read an attachment.</typeparam>
    /// <param name="index">Which, from 0.</param>
    /// <param name="type">How it is read.</param>
    /// <returns>The value; null for the JSON null.</returns>
    /// <exception cref="JsonException">It is not of that type.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such argument.</exception>
    public T? Get<T>(int index, JsonTypeInfo<T> type)
    {
        ArgumentNullException.ThrowIfNull(type);
        if (typeof(T) == typeof(ReadOnlyMemory<byte>) && GetAttachment(index) is { } memory)
            return (T)(object)memory;
        if (typeof(T) == typeof(byte[]) && GetAttachment(index) is { } bytes)
            return (T)(object)bytes.ToArray();
        return JsonSerializer.Deserialize(GetJson(index).Span, type);
    }

    /// <inheritdoc cref="Get{T}(int, JsonTypeInfo{T})"/>
    public object? Get(int index, JsonTypeInfo type)
    {
        ArgumentNullException.ThrowIfNull(type);
        if (type.Type == typeof(ReadOnlyMemory<byte>) && GetAttachment(index) is { } memory)
            return memory;
        if (type.Type == typeof(byte[]) && GetAttachment(index) is { } bytes)
            return bytes.ToArray();
        return JsonSerializer.Deserialize(GetJson(index).Span, type);
    }

    /// <summary>
    /// Reads an argument by the JSON options of the client or server that has received it; by those for the web where it has none.
    /// </summary>
    /// <typeparam name="T">What it stands for. <c>byte[]</c> and <see cref="ReadOnlyMemory{T}"/> of bytes read an attachment.</typeparam>
    /// <param name="index">Which, from 0.</param>
    /// <returns>The value; the default for an argument that is missing, if null is a value of the type.</returns>
    /// <exception cref="JsonException">It is not of that type, or missing.</exception>
    /// <exception cref="NotSupportedException">The options do not know the type.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The index is negative.</exception>
    public T? Get<T>(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        if (index < Count)
            return Get(index, (JsonTypeInfo<T>)(_options ?? ArgumentWriter.WebOptions).GetTypeInfo(typeof(T)));
        return default(T) is null ? default : throw new JsonException($"There is no argument {index}.");
    }

    /// <summary>The same arguments, which <see cref="Get{T}(int)"/> reads by other options.</summary>
    /// <param name="options">The options.</param>
    public SocketIOArguments WithJson(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new(_json, _parts, _placeholders, _attachments, options);
    }

    /// <summary>
    /// The arguments for a log: a list of JSON on one line, of which at most the first 200 characters are shown. For an attachment its size
    /// stands. It is what the peer has sent, secrets included.
    /// </summary>
    public override string ToString()
    {
        var shown = new StringBuilder("[");
        for (int i = 0; i < Count && shown.Length <= MaxShown; i++)
        {
            if (i > 0)
                shown.Append(',');
            Show(shown, _parts[i]);
        }

        shown.Append(']');
        if (shown.Length <= MaxShown)
            return shown.ToString();
        shown.Length = char.IsHighSurrogate(shown[MaxShown - 1]) ? MaxShown - 1 : MaxShown;
        return shown.Append('…').ToString();
    }

    /// <summary>An argument as JSON if it is a text, and no attachment; else nothing.</summary>
    internal ReadOnlySpan<byte> GetText(int index)
    {
        JsonPart part = PartAt(index);
        bool isText = _json.Span[part.Start] == '"' && GetAttachment(index) is null;
        return isText ? _json.Span.Slice(part.Start, part.Length) : default;
    }

    /// <summary>The bytes that they were received in.</summary>
    internal long Size
    {
        get
        {
            long size = _json.Length;
            foreach (ReadOnlyMemory<byte> attachment in _attachments)
                size += attachment.Length;
            return size;
        }
    }

    /// <summary>The same without the last, which has no attachments.</summary>
    internal SocketIOArguments WithoutLast() => new(_json, _parts[..^1], _placeholders, _attachments, _options);

    /// <summary>Writes all as an array, in which the protocol's placeholders stand for attachments, in their order.</summary>
    /// <returns>The attachments.</returns>
    internal List<ReadOnlyMemory<byte>> WriteTo(Utf8JsonWriter writer)
    {
        List<ReadOnlyMemory<byte>> attachments = [];
        writer.WriteStartArray();
        foreach (JsonPart part in _parts)
        {
            writer.WriteRawValue(Fill(part, FirstPlaceholderFrom(part.Start), (filled, attachment) =>
            {
                filled.Write(Encoding.UTF8.GetBytes($"{{\"_placeholder\":true,\"num\":{attachments.Count}}}"));
                attachments.Add(attachment);
            }).Span, skipInputValidation: true);
        }

        writer.WriteEndArray();
        return attachments;
    }

    private JsonPart PartAt(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return _parts[index];
    }

    /// <summary>Where the first placeholder is that begins at a position or after it; they are in order.</summary>
    private int FirstPlaceholderFrom(int start)
    {
        int low = 0;
        int high = _placeholders.Length;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (_placeholders[middle].Start < start)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>The JSON of a part with something for the attachments in it, of which this is the first.</summary>
    private ReadOnlyMemory<byte> Fill(JsonPart part, int first, Action<ArrayBufferWriter<byte>, ReadOnlyMemory<byte>> write)
    {
        var filled = new ArrayBufferWriter<byte>(part.Length);
        int position = part.Start;
        for (int i = first; i < _placeholders.Length && _placeholders[i].Start < part.End; i++)
        {
            filled.Write(_json.Span[position.._placeholders[i].Start]);
            write(filled, _attachments[_placeholders[i].Number]);
            position = _placeholders[i].Start + _placeholders[i].Length;
        }

        filled.Write(_json.Span[position..part.End]);
        return filled.WrittenMemory;
    }

    private void Show(StringBuilder shown, JsonPart part)
    {
        int position = part.Start;
        int i = FirstPlaceholderFrom(part.Start);
        for (; i < _placeholders.Length && _placeholders[i].Start < part.End && shown.Length <= MaxShown; i++)
        {
            Show(shown, _json.Span[position.._placeholders[i].Start]);
            shown.Append(CultureInfo.InvariantCulture, $"<{_attachments[_placeholders[i].Number].Length} bytes>");
            position = _placeholders[i].Start + _placeholders[i].Length;
        }

        Show(shown, _json.Span[position..part.End]);
    }

    /// <summary>White space of JSON may move the cursor, and a text may hold what turns the direction of writing.</summary>
    private static void Show(StringBuilder shown, ReadOnlySpan<byte> json)
    {
        // No character takes more than four bytes, so what the cut leaves of one is not shown.
        foreach (char unit in Encoding.UTF8.GetString(json[..Math.Min(json.Length, 4 * (MaxShown + 1))]))
        {
            shown.Append(char.GetUnicodeCategory(unit) switch
            {
                UnicodeCategory.Control => ' ',
                UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => '?',
                _ => unit,
            });
        }
    }

    private static void WriteBase64(ArrayBufferWriter<byte> filled, ReadOnlyMemory<byte> attachment)
    {
        Span<byte> text = filled.GetSpan(Base64.GetMaxEncodedToUtf8Length(attachment.Length) + 2);
        text[0] = (byte)'"';
        _ = Base64.EncodeToUtf8(attachment.Span, text[1..], out _, out int written);
        text[written + 1] = (byte)'"';
        filled.Advance(written + 2);
    }
}

/// <summary>One value within a JSON text: where it begins, and how many bytes it has.</summary>
internal readonly record struct JsonPart(int Start, int Length)
{
    internal int End => Start + Length;
}

/// <summary>An object that stands for an attachment.</summary>
internal readonly record struct Placeholder(int Start, int Length, int Number);
