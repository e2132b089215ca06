// The arguments of a packet: the JSON as it was received, and the attachments for its placeholders. An argument is deserialized when it is
// asked for. If it contains placeholders, it is read from a copy in which the base64 of the attachment replaces each. So every type with a
// byte[] reads the attachment, with any serializer of System.Text.Json.

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

/// <summary>The arguments of a packet. Immutable and thread-safe.</summary>
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

    /// <summary>An empty list of arguments.</summary>
    public static SocketIOArguments None { get; } = new(default, [], [], []);

    /// <summary>The number of arguments.</summary>
    public int Count => _parts.Length;

    /// <summary>Gets an argument as JSON in UTF-8. Attachments in it are base64 strings.</summary>
    /// <param name="index">The index of the argument, from 0.</param>
    /// <returns>The JSON. Its memory never changes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such argument.</exception>
    public ReadOnlyMemory<byte> GetJson(int index)
    {
        JsonPart part = PartAt(index);
        ReadOnlyMemory<byte> json = _json.Slice(part.Start, part.Length);
        int first = FirstPlaceholderFrom(part.Start);
        return first < _placeholders.Length && _placeholders[first].Start < part.End ? Fill(part, first, WriteBase64) : json;
    }

    /// <summary>Gets an argument that is an attachment.</summary>
    /// <param name="index">The index of the argument, from 0.</param>
    /// <returns>The bytes; null if the argument is not an attachment.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such argument.</exception>
    public ReadOnlyMemory<byte>? GetAttachment(int index)
    {
        JsonPart part = PartAt(index);
        int first = FirstPlaceholderFrom(part.Start);
        if (first == _placeholders.Length || _placeholders[first].Start != part.Start || _placeholders[first].Length != part.Length)
            return null;
        return _attachments[_placeholders[first].Number];
    }

    /// <summary>Deserializes an argument.</summary>
    /// <typeparam name="T">The type. <c>byte[]</c> and <see cref="ReadOnlyMemory{T}"/> of bytes read an attachment.</typeparam>
    /// <param name="index">The index of the argument, from 0.</param>
    /// <param name="type">The JSON metadata of the type.</param>
    /// <returns>The value; null for the JSON null.</returns>
    /// <exception cref="JsonException">The argument is not of that type.</exception>
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

    /// <summary>Gets an argument as JSON if it is a string and not an attachment; otherwise nothing.</summary>
    internal ReadOnlySpan<byte> GetText(int index)
    {
        JsonPart part = PartAt(index);
        bool isText = _json.Span[part.Start] == '"' && GetAttachment(index) is null;
        return isText ? _json.Span.Slice(part.Start, part.Length) : default;
    }

    /// <summary>The size in bytes, as it was received.</summary>
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

    /// <summary>Returns the arguments without the last one, which must have no attachments.</summary>
    internal SocketIOArguments WithoutLast() => new(_json, _parts[..^1], _placeholders, _attachments, _options);

    /// <summary>Writes all arguments as an array, with the protocol's placeholders for attachments.</summary>
    /// <returns>The attachments, in the order of their placeholders.</returns>
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

    /// <summary>Finds the first placeholder that begins at or after a position. The placeholders are in order.</summary>
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

    /// <summary>Copies the JSON of a part, and replaces its placeholders, of which the first is given.</summary>
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

/// <summary>A value within a JSON text: its position and its length in bytes.</summary>
internal readonly record struct JsonPart(int Start, int Length)
{
    internal int End => Start + Length;
}

/// <summary>An object that stands for an attachment.</summary>
internal readonly record struct Placeholder(int Start, int Length, int Number);
