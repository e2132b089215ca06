// Writes heads. Whatever a caller puts into one is checked here, before a byte is written, so that no value can end its line and
// begin another (header injection).

using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text;
using WsProto.Negotiation;

namespace WsProto.Http1;

internal sealed class HttpHeadWriter
{
    private const string Colon = ": ";
    private const string EndOfLine = "\r\n";

    private readonly string _startLine;
    private readonly List<HeaderField> _fields = new(8);

    /// <summary>Begins a head with a start line that holds nothing unchecked.</summary>
    internal HttpHeadWriter(string startLine) => _startLine = startLine;

    /// <summary>Adds a line that this library made.</summary>
    internal HttpHeadWriter Add(string name, string value)
    {
        _fields.Add(new HeaderField(name, value));
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
        int size = _startLine.Length + (2 * LineReader.End);
        foreach (HeaderField field in _fields)
            size += field.Name.Length + Colon.Length + field.Value.Length + LineReader.End;

        Span<byte> rest = output.GetSpan(size);
        Put(_startLine, ref rest);
        Put(EndOfLine, ref rest);
        foreach (HeaderField field in _fields)
        {
            Put(field.Name, ref rest);
            Put(Colon, ref rest);
            Put(field.Value, ref rest);
            Put(EndOfLine, ref rest);
        }

        Put(EndOfLine, ref rest);
        output.Advance(size);
    }

    private static void Put(string text, ref Span<byte> destination) => destination = destination[Encoding.Latin1.GetBytes(text, destination)..];
}
