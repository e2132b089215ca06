// Writes heads. Whatever a caller puts into one is checked here, before a byte is written, so that no value can end its line and
// begin another (header injection).

using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text;

namespace WsProto.Handshake;

internal sealed class HttpHeadWriter
{
    private readonly StringBuilder _text;

    /// <summary>Begins a head with a start line that holds nothing unchecked.</summary>
    internal HttpHeadWriter(string startLine) => _text = new StringBuilder(startLine).Append("\r\n");

    /// <summary>Adds a line that this library made.</summary>
    internal HttpHeadWriter Add(string name, string value)
    {
        _text.Append(name).Append(": ").Append(value).Append("\r\n");
        return this;
    }

    /// <summary>Adds the caller's lines.</summary>
    /// <param name="fields">The lines.</param>
    /// <param name="reserved">Names that the handshake owns.</param>
    /// <param name="parameter">The argument that holds the lines.</param>
    /// <exception cref="ArgumentException">A name is no token or is reserved, or a value holds what no header may.</exception>
    internal HttpHeadWriter Add(HeaderList fields, IReadOnlyCollection<string> reserved, string parameter)
    {
        ArgumentNullException.ThrowIfNull(fields, parameter);
        foreach (HeaderField field in fields)
        {
            HttpGrammar.ThrowIfNotToken(field.Name, parameter);
            if (field.Value is null || !HttpGrammar.IsFieldValue(field.Value))
                throw new ArgumentException($"The value of the header '{field.Name}' holds control or non-Latin-1 characters (RFC 9110 §5.5).", parameter);
            foreach (string name in reserved)
            {
                if (name.Equals(field.Name, StringComparison.OrdinalIgnoreCase))
                    throw new ArgumentException($"The header '{field.Name}' is set by the handshake itself.", parameter);
            }

            Add(field.Name, field.Value);
        }

        return this;
    }

    /// <summary>Ends the head and writes it.</summary>
    internal void WriteTo(IBufferWriter<byte> output)
    {
        string head = _text.Append("\r\n").ToString();
        int written = Encoding.Latin1.GetBytes(head, output.GetSpan(head.Length));
        output.Advance(written);
    }
}
