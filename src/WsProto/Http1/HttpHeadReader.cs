// The head of an HTTP/1.1 message, RFC 9112 §2-§5, read strictly and line by line as bytes arrive. Strictly, because every
// leniency here (a bare LF, a folded line, a space before the colon) has let requests through that a proxy had read differently.
// The limits are positions in the stream, so the outcome does not depend on how the bytes are cut.

using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using WsProto.Framing;
using WsProto.Negotiation;

namespace WsProto.Http1;

internal sealed class HttpHeadReader(WsConnectionOptions options, ConnectionRole role)
{
    private readonly List<HeaderField> _fields = new(16);
    private LineReader _lines;
    private int _consumed;

    /// <summary>The request line or the status line; null until it was read.</summary>
    internal string? StartLine { get; private set; }

    internal HeaderList Headers => HeaderList.Create(CollectionsMarshal.AsSpan(_fields));

    /// <summary>Reads on. Done: the empty line that ends the head was read, and nothing after it.</summary>
    internal ReadStatus Read(ReceiveBuffer input, out Violation violation)
    {
        violation = default;
        while (true)
        {
            int most = Math.Min(options.MaxHeaderLineSize + LineReader.End, options.MaxHandshakeSize - _consumed);
            if (StartLine is null && !CanBegin(input.Unread[..Math.Min(most, input.UnreadCount)]))
                return Invalid(ProtocolError.MalformedHead, 0, out violation);
            switch (_lines.Read(input, most, out ReadOnlySpan<byte> line))
            {
                case LineStatus.NeedMore:
                    return ReadStatus.NeedMore;
                case LineStatus.TooLong when most < options.MaxHeaderLineSize + LineReader.End:
                    return Invalid(ProtocolError.HeadTooLarge, options.MaxHandshakeSize, out violation);
                case LineStatus.TooLong:
                    ProtocolError tooLong = StartLine is null ? ProtocolError.StartLineTooLong : ProtocolError.HeaderLineTooLong;
                    return Invalid(tooLong, options.MaxHeaderLineSize, out violation);
                case LineStatus.BareLineFeed:
                    return Invalid(ProtocolError.MalformedHead, 0, out violation);
            }

            bool isLast = line.IsEmpty && StartLine is not null;
            if (!line.IsEmpty && !Take(line, out violation))
                return ReadStatus.Invalid;
            input.Skip(line.Length + LineReader.End);
            _consumed += line.Length + LineReader.End;
            if (isLast)
                return ReadStatus.Done;
        }
    }

    /// <summary>
    /// A byte that begins no head, such as that of a TLS hello, is refused at once rather than at the end of its line. "A server that is
    /// expecting to receive and parse a request-line SHOULD ignore at least one empty line (CRLF) received prior to the request-line" (RFC
    /// 9112 §2.2): all of them are passed over, and count for the size of the head. A response has none before it.
    /// </summary>
    private bool CanBegin(ReadOnlySpan<byte> unread) => unread switch
    {
        [] => true,
        [(byte)'\r'] or [(byte)'\r', (byte)'\n', ..] => role == ConnectionRole.Server,
        [> (byte)' ' and < 0x7F, ..] => true,
        _ => false,
    };

    private bool Take(ReadOnlySpan<byte> line, out Violation violation)
    {
        violation = default;
        if (!HttpGrammar.IsFieldValue(line))
            violation = new Violation(ProtocolError.MalformedHead);
        else if (StartLine is null)
            StartLine = Encoding.Latin1.GetString(line);
        else if (_fields.Count == options.MaxHeaderCount)
            violation = new Violation(ProtocolError.TooManyHeaders, Allowed: options.MaxHeaderCount);
        else if (!TakeField(line))
            violation = new Violation(ProtocolError.MalformedHead);
        return violation.Error == 0;
    }

    /// <summary>
    /// field-line = field-name ":" OWS field-value OWS; a folded line begins with a space and has no name (RFC 9112 §5, §5.2).
    /// </summary>
    private bool TakeField(ReadOnlySpan<byte> line)
    {
        int colon = line.IndexOf((byte)':');
        if (colon < 0)
            return false;
        string name = NameOf(line[..colon]);
        _fields.Add(new HeaderField(name, Encoding.Latin1.GetString(line[(colon + 1)..].Trim(" \t"u8))));
        return HttpGrammar.IsToken(name);
    }

    /// <summary>The name as it is spelled; without making a string for those that nearly every upgrade has.</summary>
    private static string NameOf(ReadOnlySpan<byte> name) => name switch
    {
        _ when name.SequenceEqual("Host"u8) => "Host",
        _ when name.SequenceEqual("Upgrade"u8) => "Upgrade",
        _ when name.SequenceEqual("Connection"u8) => "Connection",
        _ when name.SequenceEqual("Origin"u8) => "Origin",
        _ when name.SequenceEqual("User-Agent"u8) => "User-Agent",
        _ when name.SequenceEqual("Sec-WebSocket-Protocol"u8) => "Sec-WebSocket-Protocol",
        _ when name.SequenceEqual("Sec-WebSocket-Extensions"u8) => "Sec-WebSocket-Extensions",
        _ when name.SequenceEqual("Sec-WebSocket-Key"u8) => "Sec-WebSocket-Key",
        _ when name.SequenceEqual("Sec-WebSocket-Version"u8) => "Sec-WebSocket-Version",
        _ when name.SequenceEqual("Sec-WebSocket-Accept"u8) => "Sec-WebSocket-Accept",
        _ => Encoding.Latin1.GetString(name),
    };

    private static ReadStatus Invalid(ProtocolError error, long allowed, out Violation violation)
    {
        violation = new Violation(error, Allowed: allowed);
        return ReadStatus.Invalid;
    }
}
