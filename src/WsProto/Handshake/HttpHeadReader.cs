// The head of an HTTP/1.1 message, RFC 9112 §2-§5, read strictly and line by line as bytes arrive. Strictly, because every
// leniency here (a bare LF, a folded line, a space before the colon) has let requests through that a proxy had read differently.
// The limits are positions in the stream, so the outcome does not depend on how the bytes are cut.

using System;
using System.Collections.Generic;
using System.Text;
using WsProto.Framing;

namespace WsProto.Handshake;

internal sealed class HttpHeadReader(ConnectionOptions options)
{
    private readonly List<HeaderField> _fields = [];
    private LineReader _lines;
    private int _consumed;

    /// <summary>The request line or the status line; null until it was read.</summary>
    internal string? StartLine { get; private set; }

    internal HeaderList Headers => HeaderList.Create([.. _fields]);

    /// <summary>Reads on. Done: the empty line that ends the head was read, and nothing after it.</summary>
    internal ReadStatus Read(ReceiveBuffer input, out Violation violation)
    {
        violation = default;
        // A byte that begins no head, such as that of a TLS hello, is refused at once rather than at the end of its line.
        if (_consumed == 0 && input.UnreadCount > 0 && input.Unread[0] is <= (byte)' ' or >= 0x7F)
            return Invalid(ProtocolError.MalformedHead, 0, out violation);

        while (true)
        {
            int most = Math.Min(options.MaxHeaderLine + LineReader.End, options.MaxHandshakeSize - _consumed);
            switch (_lines.Read(input, most, out ReadOnlySpan<byte> line))
            {
                case LineStatus.NeedMore:
                    return ReadStatus.NeedMore;
                case LineStatus.TooLong when most < options.MaxHeaderLine + LineReader.End:
                    return Invalid(ProtocolError.HeadTooLarge, options.MaxHandshakeSize, out violation);
                case LineStatus.TooLong:
                    return Invalid(StartLine is null ? ProtocolError.StartLineTooLong : ProtocolError.HeaderLineTooLong, options.MaxHeaderLine, out violation);
                case LineStatus.BareLineFeed:
                    return Invalid(ProtocolError.MalformedHead, 0, out violation);
            }

            bool isLast = line.IsEmpty && StartLine is not null;
            if (!isLast && !Take(line, out violation))
                return ReadStatus.Invalid;
            input.Skip(line.Length + LineReader.End);
            _consumed += line.Length + LineReader.End;
            if (isLast)
                return ReadStatus.Done;
        }
    }

    private bool Take(ReadOnlySpan<byte> line, out Violation violation)
    {
        violation = default;
        string text = Encoding.Latin1.GetString(line);
        if (!HttpGrammar.IsFieldValue(text))
            violation = new Violation(ProtocolError.MalformedHead);
        else if (StartLine is null)
            StartLine = text;
        else if (_fields.Count == options.MaxHeaderCount)
            violation = new Violation(ProtocolError.TooManyHeaders, Allowed: options.MaxHeaderCount);
        else if (!TakeField(text))
            violation = new Violation(ProtocolError.MalformedHead);
        return violation.Error == 0;
    }

    /// <summary>field-line = field-name ":" OWS field-value OWS; a folded line begins with a space and has no name (RFC 9112 §5, §5.2).</summary>
    private bool TakeField(string line)
    {
        int colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || !HttpGrammar.IsToken(line.AsSpan(0, colon)))
            return false;
        _fields.Add(new HeaderField(line[..colon], line.AsSpan(colon + 1).Trim(" \t").ToString()));
        return true;
    }

    private static ReadStatus Invalid(ProtocolError error, long allowed, out Violation violation)
    {
        violation = new Violation(error, Allowed: allowed);
        return ReadStatus.Invalid;
    }
}
