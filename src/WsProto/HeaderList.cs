using System;
using System.Collections;
using System.Collections.Generic;
using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Text;

namespace WsProto;

/// <summary>One header line.</summary>
/// <param name="Name">The name, in the spelling that was given or received; names are compared without regard to case.</param>
/// <param name="Value">The value without surrounding spaces. Each char is one byte on the wire (Latin-1), losslessly.</param>
public readonly record struct HeaderField(string Name, string Value)
{
    /// <summary>Lets a header line be written as a pair, as in <c>ExtraHeaders = [("Origin", "https://example.com")]</c>.</summary>
    /// <param name="field">The name and the value.</param>
    public static implicit operator HeaderField((string Name, string Value) field) => FromValueTuple(field);

    /// <summary>The same as the conversion, for languages without conversions.</summary>
    /// <param name="field">The name and the value.</param>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static HeaderField FromValueTuple((string Name, string Value) field) => new(field.Name, field.Value);

    /// <summary>
    /// Name and value for a log: at most 64 characters of each, characters that control or format escaped. The value may be a secret.
    /// </summary>
    public override string ToString() => new StringBuilder().AppendName(Name).Append(": ").AppendName(Value).ToString();
}

/// <summary>
/// Header lines in their order, duplicates and spelling kept; looked up by name without regard to case (RFC 9110 §5.1). Immutable, equal by
/// content.
/// </summary>
/// <remarks>
/// A list may hold anything; what is not a valid header line is refused when it is sent. Lines that came from a peer are valid.
/// </remarks>
[CollectionBuilder(typeof(HeaderList), nameof(Create))]
public sealed class HeaderList : IReadOnlyList<HeaderField>, IEquatable<HeaderList>
{
    private readonly HeaderField[] _fields;

    private HeaderList(HeaderField[] fields) => _fields = fields;

    /// <summary>No lines.</summary>
    public static HeaderList Empty { get; } = new([]);

    /// <summary>The number of lines.</summary>
    public int Count => _fields.Length;

    /// <summary>A line by its place.</summary>
    /// <param name="index">0 for the first.</param>
    public HeaderField this[int index] => _fields[index];

    /// <summary>The value of the first line of this name; null if there is none.</summary>
    /// <param name="name">The name, in any case.</param>
    /// <remarks>
    /// The peer may send a header more often than its definition allows. Where that matters, ask <see cref="GetValues"/> and count: a proxy
    /// may have judged by another line than the first.
    /// </remarks>
    public string? this[string name]
    {
        get
        {
            foreach (HeaderField field in _fields)
            {
                if (Is(field, name))
                    return field.Value;
            }

            return null;
        }
    }

    /// <summary>Makes a list. Collection expressions call this.</summary>
    /// <param name="fields">The lines; they are copied.</param>
    public static HeaderList Create(ReadOnlySpan<HeaderField> fields) => fields.IsEmpty ? Empty : new(fields.ToArray());

    /// <summary>Whether there is a line of this name.</summary>
    /// <param name="name">The name, in any case.</param>
    public bool Contains(string name) => CountOf(name) > 0;

    /// <summary>The value of each line of this name, in order.</summary>
    /// <param name="name">The name, in any case.</param>
    public IEnumerable<string> GetValues(string name) => ValuesOf(name);

    /// <summary>
    /// The values of all lines of this name, joined by a comma and a space; null if there is no such line (RFC 9110 §5.3).
    /// </summary>
    /// <param name="name">The name of a header whose value is a comma-separated list, in any case.</param>
    /// <remarks>Not for other headers: a comma may be part of their value, as in <c>Set-Cookie</c>.</remarks>
    public string? GetCombinedValue(string name)
    {
        string[] values = ValuesOf(name);
        return values.Length == 0 ? null : string.Join(", ", values);
    }

    /// <summary>The list with a line at its end.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">The value.</param>
    public HeaderList Add(string name, string value) => new([.. _fields, new HeaderField(name, value)]);

    /// <summary>The list with one line of this name at its end and no other of that name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">The value.</param>
    public HeaderList Set(string name, string value) => Without(name).Add(name, value);

    /// <summary>The list without the lines of these names.</summary>
    /// <param name="names">Names, in any case.</param>
    public HeaderList Without(params IEnumerable<string> names) => WithoutAny(names as string[] ?? [.. names]);

    /// <inheritdoc/>
    public IEnumerator<HeaderField> GetEnumerator() => ((IEnumerable<HeaderField>)_fields).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(HeaderList? other) => other is not null && _fields.AsSpan().SequenceEqual(other._fields);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as HeaderList);

    /// <inheritdoc/>
    public override int GetHashCode() => Content.Hash(_fields);

    /// <summary>
    /// The names for a log, without the values, which may be secrets: those of the first 16 lines, at most 64 characters of each.
    /// </summary>
    public override string ToString() => new StringBuilder().AppendItems(_fields, field => field.Name).ToString();

    /// <summary>Whether a body would follow, or it is not sure that none does (RFC 9112 §6.3).</summary>
    internal bool AnnouncesBody => Contains("Transfer-Encoding") || Array.Exists(ValuesOf("Content-Length"), static value => value != "0");

    /// <summary>The same as <see cref="GetValues"/>, as an array.</summary>
    internal string[] ValuesOf(string name)
    {
        int count = CountOf(name);
        if (count == 0)
            return [];
        string[] values = new string[count];
        int found = 0;
        foreach (HeaderField field in _fields)
        {
            if (Is(field, name))
                values[found++] = field.Value;
        }

        return values;
    }

    private int CountOf(string name)
    {
        int count = 0;
        foreach (HeaderField field in _fields)
        {
            if (Is(field, name))
                count++;
        }

        return count;
    }

    private HeaderList WithoutAny(string[] names)
    {
        int count = _fields.Length;
        foreach (HeaderField field in _fields)
            count -= Convert.ToInt32(IsAny(field, names));

        var rest = new HeaderField[count];
        int kept = 0;
        foreach (HeaderField field in _fields)
        {
            if (!IsAny(field, names))
                rest[kept++] = field;
        }

        return new HeaderList(rest);
    }

    private static bool IsAny(HeaderField field, string[] names)
    {
        foreach (string name in names)
        {
            if (Is(field, name))
                return true;
        }

        return false;
    }

    private static bool Is(HeaderField field, string name) => string.Equals(field.Name, name, StringComparison.OrdinalIgnoreCase);
}
