// Writes heads, at once: a writer that throws has taken nothing of it. What a caller puts into one was checked before (HandshakeHeaders).

using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text;

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

    /// <summary>Adds lines that were checked.</summary>
    internal HttpHeadWriter Add(HeaderList fields)
    {
        _fields.AddRange(fields);
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

    private static void Put(string text, ref Span<byte> destination) =>
        destination = destination[Encoding.Latin1.GetBytes(text, destination)..];
}
