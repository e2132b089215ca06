using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using WsProto.Negotiation;

namespace WsProto;

/// <summary>One parameter of an extension (RFC 6455 §9.1): a flag, or a name with a value.</summary>
/// <param name="Name">A token.</param>
/// <param name="Value">A token; null for a flag. A value that was quoted on the wire is shown without its quotes.</param>
public readonly record struct ExtensionParameter(string Name, string? Value = null)
{
    /// <summary>The parameter for a log: at most 64 characters of name and value each, characters that control or format escaped.</summary>
    public override string ToString()
    {
        StringBuilder text = new StringBuilder().AppendName(Name);
        return (Value is null ? text : text.Append('=').AppendName(Value)).ToString();
    }
}

/// <summary>
/// An extension with its parameters, as one element of <c>Sec-WebSocket-Extensions</c> holds them
/// (<see href="https://www.rfc-editor.org/rfc/rfc6455#section-9.1">RFC 6455 §9.1</see>): offered by a client, or answered by a server.
/// </summary>
/// <remarks>Equal by content. Duplicates and the order of parameters are kept: what they mean is for the extension to say.</remarks>
public sealed class ExtensionElement : IEquatable<ExtensionElement>
{
    /// <summary>Makes an offer.</summary>
    /// <param name="name">The name of the extension, a token.</param>
    /// <param name="parameters">Its parameters, in order.</param>
    /// <exception cref="ArgumentException">A name or value is not a token (RFC 9110 §5.6.2).</exception>
    public ExtensionElement(string name, params ReadOnlySpan<ExtensionParameter> parameters)
    {
        HttpGrammar.ThrowIfNotToken(name, nameof(name));
        foreach (ExtensionParameter parameter in parameters)
        {
            HttpGrammar.ThrowIfNotToken(parameter.Name, nameof(parameters));
            if (parameter.Value is { } value)
                HttpGrammar.ThrowIfNotToken(value, nameof(parameters));
        }

        Name = name;
        Parameters = Array.AsReadOnly(parameters.ToArray());
    }

    /// <summary>The name, in the spelling that was given or received. Names are compared without regard to case.</summary>
    public string Name { get; }

    /// <summary>The parameters, duplicates included, in order.</summary>
    public IReadOnlyList<ExtensionParameter> Parameters { get; }

    /// <summary>Parses one element: a name and its parameters, as <c>permessage-deflate; client_max_window_bits</c>.</summary>
    /// <param name="text">The element, without a comma. Spaces and tabs around it and around its separators are allowed.</param>
    /// <param name="element">The element; null if the text breaks the grammar of RFC 6455 §9.1.</param>
    /// <returns>Whether the text is one element.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out ExtensionElement? element)
    {
        element = TryParseList(text, out IReadOnlyList<ExtensionElement> list) && !text.Contains(',') ? list[0] : null;
        return element is not null;
    }

    /// <summary>Parses the value of a <c>Sec-WebSocket-Extensions</c> header: elements with commas in between.</summary>
    /// <param name="value">The value. Empty elements are passed over (RFC 9110 §5.6.1), but one element has to be there.</param>
    /// <param name="elements">The elements in order, duplicates included; none if the value breaks the grammar of RFC 6455 §9.1.</param>
    /// <returns>Whether the value follows the grammar.</returns>
    /// <remarks>It takes time and memory in proportion to the value, so limit its length before where it comes from a peer.</remarks>
    public static bool TryParseList(ReadOnlySpan<char> value, out IReadOnlyList<ExtensionElement> elements)
    {
        elements = ExtensionHeader.Parse(value) ?? [];
        return elements.Count > 0;
    }

    /// <inheritdoc/>
    public bool Equals(ExtensionElement? other) =>
        other is not null && Name == other.Name && Content.Equal(Parameters, other.Parameters);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ExtensionElement);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Parameters.Count);

    /// <summary>
    /// The element as it stands in a header, in full: tokens, so visible ASCII. What a peer sent is not longer than
    /// <see cref="WsConnectionOptions.MaxHeaderLineSize"/>.
    /// </summary>
    public override string ToString()
    {
        var text = new StringBuilder(Name);
        foreach (ExtensionParameter parameter in Parameters)
        {
            text.Append("; ").Append(parameter.Name);
            if (parameter.Value is { } value)
                text.Append('=').Append(value);
        }

        return text.ToString();
    }
}
