// How values of the peer and of the caller are shown in a log: what ToString of events, headers and frames is made of. Whatever the value
// is, the text is one line of bounded length in which nothing moves the cursor, changes a colour or turns the direction of writing around.

using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace WsProto;

internal static class LogText
{
    /// <summary>
    /// The most characters of a message, a name or an element of a list that are shown, as they are written, so with their escapes.
    /// </summary>
    internal const int MaxContent = 64;

    /// <summary>
    /// The most characters of a reason, an explanation, a host or a path that are shown. A reason on the wire is at most 123 bytes (RFC
    /// 6455 §5.5.1).
    /// </summary>
    internal const int MaxWords = 128;

    /// <summary>The most bytes that are shown.</summary>
    internal const int MaxBytes = 32;

    /// <summary>The most elements of a list that are shown.</summary>
    internal const int MaxItems = 16;

    /// <summary>Text in quotation marks; how long it is stands behind it where it was cut.</summary>
    internal static StringBuilder AppendText(this StringBuilder builder, string? text, int most = MaxContent)
    {
        if (text is null)
            return builder.Append("null");
        builder.Append('"');
        bool isWhole = builder.AppendEscaped(text, most, isQuoted: true);
        builder.Append('"');
        return isWhole ? builder : builder.Append(CultureInfo.InvariantCulture, $"… ({text.Length} chars)");
    }

    /// <summary>
    /// The same of text in UTF-8. No char takes more than three bytes, so what the cut before decoding leaves of a character is not shown.
    /// </summary>
    internal static StringBuilder AppendUtf8(this StringBuilder builder, ReadOnlySpan<byte> utf8)
    {
        string first = Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, 4 * MaxContent)]);
        builder.Append('"');
        bool isWhole = builder.AppendEscaped(first, MaxContent, isQuoted: true);
        builder.Append('"');
        return isWhole ? builder : builder.Append(CultureInfo.InvariantCulture, $"… ({utf8.Length} bytes)");
    }

    /// <summary>A name without quotation marks.</summary>
    internal static StringBuilder AppendName(this StringBuilder builder, string? name)
    {
        if (name is null)
            return builder.Append("null");
        return builder.AppendEscaped(name, MaxContent, isQuoted: false) ? builder : builder.Append('…');
    }

    /// <summary>How many bytes there are, and the first of them in hexadecimal digits.</summary>
    internal static StringBuilder AppendBytes(this StringBuilder builder, ReadOnlySpan<byte> bytes)
    {
        builder.Append(CultureInfo.InvariantCulture, $"{bytes.Length} {(bytes.Length == 1 ? "byte" : "bytes")}");
        if (bytes.IsEmpty)
            return builder;
        builder.Append(' ').Append(Convert.ToHexString(bytes[..Math.Min(bytes.Length, MaxBytes)]));
        return bytes.Length <= MaxBytes ? builder : builder.Append('…');
    }

    /// <summary>A list of names in brackets.</summary>
    internal static StringBuilder AppendItems<T>(this StringBuilder builder, IReadOnlyList<T> items, Func<T, string?> nameOf)
    {
        builder.Append('[');
        for (int i = 0; i < Math.Min(items.Count, MaxItems); i++)
            builder.Append(i > 0 ? ", " : "").AppendName(nameOf(items[i]));
        if (items.Count > MaxItems)
            builder.Append(CultureInfo.InvariantCulture, $", … and {items.Count - MaxItems} more");
        return builder.Append(']');
    }

    /// <summary>A further member of an event that is a list; nothing where that is empty.</summary>
    internal static void AppendList<T>(this StringBuilder builder, string member, IReadOnlyList<T>? items, Func<T, string?> nameOf)
    {
        if (items is { Count: > 0 })
            builder.Append(", ").Append(member).Append(" = ").AppendItems(items, nameOf);
    }

    /// <summary>The target of a request, as a further member; of a query only that there is one, because it may hold a token.</summary>
    internal static StringBuilder AppendTarget(this StringBuilder builder, string? target)
    {
        int query = target?.IndexOf('?', StringComparison.Ordinal) ?? -1;
        return builder.Append(", Target = ").AppendText(query < 0 ? target : target![..query], MaxWords).Append(query < 0 ? "" : "?…");
    }

    /// <summary>A further member of an event; nothing where it is as usual.</summary>
    internal static void AppendUnless<T>(this StringBuilder builder, string member, T value, T usual)
    {
        if (!EqualityComparer<T>.Default.Equals(value, usual))
            builder.Append(CultureInfo.InvariantCulture, $", {member} = {value}");
    }

    /// <summary>Says whether all of the text was shown.</summary>
    private static bool AppendEscaped(this StringBuilder builder, ReadOnlySpan<char> text, int most, bool isQuoted)
    {
        int left = most;
        while (!text.IsEmpty)
        {
            // A lone surrogate is no character; it is shown by its number.
            bool isCharacter = Rune.DecodeFromUtf16(text, out Rune rune, out int used) == OperationStatus.Done;
            string shown = isCharacter ? Escape(rune, isQuoted) : Number(text[0]);
            left -= shown.Length;
            if (left < 0)
                return false;
            builder.Append(shown);
            text = text[used..];
        }

        return true;
    }

    private static string Escape(Rune rune, bool isQuoted) => rune.Value switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\\' => "\\\\",
        '"' when isQuoted => "\\\"",
        _ => IsHarmful(rune) ? Number(rune.Value) : rune.ToString(),
    };

    /// <summary>
    /// C0, DEL and C1; what formats, among it what changes the direction of writing; the separators of lines and paragraphs.
    /// </summary>
    private static bool IsHarmful(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static string Number(int character) =>
        character <= char.MaxValue ? $"\\u{character:X4}" : $"\\U{character:X8}";
}
