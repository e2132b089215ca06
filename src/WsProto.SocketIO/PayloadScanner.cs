// Scans the JSON of a packet once, before anything is deserialized: whether it is valid JSON, where its arguments are, and which objects
// are placeholders.

using System;
using System.Collections.Generic;
using System.Text.Json;

namespace WsProto.SocketIO;

internal ref struct PayloadScanner
{
    private readonly List<JsonPart> _parts;
    private readonly List<Placeholder>? _placeholders;
    private Utf8JsonReader _reader;

    private PayloadScanner(ReadOnlySpan<byte> json, int maxDepth, List<JsonPart> parts, List<Placeholder>? placeholders)
    {
        _reader = new(json, new JsonReaderOptions { MaxDepth = maxDepth });
        _parts = parts;
        _placeholders = placeholders;
    }

    /// <summary>Scans a payload.</summary>
    /// <param name="json">The payload.</param>
    /// <param name="maxDepth">The maximum depth of nesting.</param>
    /// <param name="parts">Gets the elements of an array, or the value itself if it is not an array.</param>
    /// <param name="placeholders">Gets the placeholders, in order; null if they are not looked for.</param>
    /// <returns>The type of the payload; null if it is not valid JSON.</returns>
    internal static JsonTokenType? Scan(ReadOnlySpan<byte> json, int maxDepth, List<JsonPart> parts, List<Placeholder>? placeholders)
    {
        var scanner = new PayloadScanner(json, maxDepth, parts, placeholders);
        try
        {
            return scanner.ScanAll();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>
    /// Replaces each escaped lone surrogate by U+FFFD. JavaScript sends one if it has cut a string in the middle of a character.
    /// </summary>
    /// <returns>The same memory if there is none.</returns>
    internal static ReadOnlyMemory<byte> ReplaceLoneSurrogates(ReadOnlyMemory<byte> json)
    {
        ReadOnlySpan<byte> text = json.Span;
        byte[]? copy = null;
        int position = 0;
        while (true)
        {
            int next = text[position..].IndexOf((byte)'\\');
            if (next < 0 || position + next + 1 >= text.Length)
                return copy ?? json;
            position += next;
            if (Escaped(text[position..]) is not { } unit)
            {
                position += 2;
            }
            else if (char.IsHighSurrogate(unit) && Escaped(text[(position + 6)..]) is { } second && char.IsLowSurrogate(second))
            {
                position += 12;
            }
            else
            {
                if (char.IsSurrogate(unit))
                {
                    copy ??= text.ToArray();
                    "fffd"u8.CopyTo(copy.AsSpan(position + 2));
                }

                position += 6;
            }
        }
    }

    /// <summary>Reads an escape such as <c>\u0041</c> at the beginning. Returns null if there is none.</summary>
    private static char? Escaped(ReadOnlySpan<byte> text)
    {
        if (text.Length < 6 || text[0] != '\\' || text[1] != 'u')
            return null;
        int unit = 0;
        foreach (byte digit in text[2..6])
        {
            if (!char.IsAsciiHexDigit((char)digit))
                return null;
            unit = (unit << 4) | (digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
        }

        return (char)unit;
    }

    private JsonTokenType ScanAll()
    {
        _reader.Read();
        JsonTokenType type = _reader.TokenType;
        int start = (int)_reader.TokenStartIndex;
        if (type == JsonTokenType.StartArray)
        {
            while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
                _parts.Add(ScanValue());
        }
        else
        {
            _parts.Add(ScanValue());
        }

        // Anything that follows is an error, which makes this call throw.
        _ = _reader.Read();
        return type;
    }

    /// <summary>Skips the value at the reader's position.</summary>
    private JsonPart ScanValue()
    {
        int start = (int)_reader.TokenStartIndex;
        if (_placeholders is null)
            _reader.Skip();
        else if (_reader.TokenType == JsonTokenType.StartObject)
            ScanObject(start);
        else if (_reader.TokenType == JsonTokenType.StartArray)
            ScanArray();
        return new(start, (int)_reader.BytesConsumed - start);
    }

    private void ScanArray()
    {
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
            _ = ScanValue();
    }

    private void ScanObject(int start)
    {
        int before = _placeholders!.Count;
        bool isPlaceholder = false;
        int number = -1;
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndObject)
        {
            bool isMark = _reader.ValueTextEquals("_placeholder"u8);
            bool isNumber = _reader.ValueTextEquals("num"u8);
            _ = _reader.Read();
            if (isMark)
                isPlaceholder = _reader.TokenType == JsonTokenType.True;
            if (isNumber)
                number = _reader.TokenType == JsonTokenType.Number && _reader.TryGetInt32(out int value) ? value : -1;
            _ = ScanValue();
        }

        if (!isPlaceholder)
            return;
        // Placeholders within a placeholder are ignored.
        _placeholders.RemoveRange(before, _placeholders.Count - before);
        _placeholders.Add(new(start, (int)_reader.BytesConsumed - start, number));
    }
}
