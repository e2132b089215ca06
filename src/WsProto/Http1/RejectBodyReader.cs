// The body of a refusal, RFC 9112 §6.3 and §7.1: of a known length, in chunks, or up to the end of the transport. Read strictly,
// and no further than the limit.

using System;
using System.Globalization;
using System.Linq;
using System.Text;
using WsProto.Framing;
using WsProto.Negotiation;

namespace WsProto.Http1;

internal sealed class RejectBodyReader
{
    private readonly WsConnectionOptions _options;
    private readonly bool _chunked;
    private Part _part = Part.Data;
    private LineReader _lines;
    private int _trailerSize;
    private long? _remaining;
    private int _delivered;

    private RejectBodyReader(WsConnectionOptions options, bool chunked, long? length)
    {
        _options = options;
        _chunked = chunked;
        _remaining = length;
        if (chunked)
            _part = Part.Size;
    }

    private enum Part
    {
        Size,
        Data,
        DataEnd,
        Trailer,
    }

    /// <summary>Whether the end of the transport is the end of the body.</summary>
    internal bool EndsWithTransport => !_chunked && _remaining is null;

    /// <summary>
    /// Finds out how the body is framed. Null with a body means that its framing is not valid; null without, that there is none.
    /// </summary>
    internal static RejectBodyReader? Begin(int status, HeaderList headers, WsConnectionOptions options, out bool hasBody)
    {
        string[] codings = headers.GetValues("Transfer-Encoding").ToArray();
        string[] lengths = headers.GetValues("Content-Length").ToArray();
        hasBody = status is not (204 or 304);
        if (!hasBody)
            return null;
        if (codings.Length > 0)
        {
            // "A message with both … ought to be handled as an error" (§6.3); other codings than chunked were not asked for.
            bool known = codings is [var coding] && coding.Equals("chunked", StringComparison.OrdinalIgnoreCase) && lengths.Length == 0;
            return known ? new RejectBodyReader(options, chunked: true, null) : null;
        }

        if (lengths.Length == 0)
            return new RejectBodyReader(options, chunked: false, null);
        if (lengths.Length > 1 || !long.TryParse(lengths[0], NumberStyles.None, CultureInfo.InvariantCulture, out long length))
            return null;
        hasBody = length > 0;
        return hasBody ? new RejectBodyReader(options, chunked: false, length) : null;
    }

    /// <summary>The next piece; null if there is none yet or if the body is not valid.</summary>
    internal RejectData? Read(ReceiveBuffer input, out Violation violation)
    {
        violation = default;
        while (true)
        {
            if (_part == Part.Data)
                return ReadData(input, out violation);
            int most = _options.MaxHeaderLineSize + LineReader.End;
            if (_part == Part.Trailer)
                most = Math.Min(most, _options.MaxHandshakeSize - _trailerSize);
            LineStatus status = _lines.Read(input, most, out ReadOnlySpan<byte> bytes);
            if (status == LineStatus.NeedMore)
                return null;
            string line = Encoding.Latin1.GetString(bytes);
            input.Skip(status == LineStatus.Done ? bytes.Length + LineReader.End : 0);
            if (status != LineStatus.Done || !HttpGrammar.IsFieldValue(line) || !TakeLine(line))
            {
                violation = new Violation(ProtocolError.MalformedRejectBody);
                return null;
            }

            if (_part == Part.Trailer && line.Length == 0)
                return new RejectData(ReadOnlyMemory<byte>.Empty);
        }
    }

    private RejectData? ReadData(ReceiveBuffer input, out Violation violation)
    {
        violation = default;
        int count = (int)Math.Min(_remaining ?? long.MaxValue, input.UnreadCount);
        if (count == 0)
            return null;
        int allowed = Math.Min(count, _options.MaxRejectBodySize - _delivered);
        if (allowed == 0)
        {
            violation = new Violation(ProtocolError.RejectBodyTooLarge, Allowed: _options.MaxRejectBodySize);
            return null;
        }

        byte[] data = input.Unread[..allowed].ToArray();
        input.Skip(allowed);
        _delivered += allowed;
        _remaining -= allowed;
        bool partFinished = _remaining == 0;
        if (partFinished && _chunked)
            _part = Part.DataEnd;
        return new RejectData(data, partFinished && !_chunked);
    }

    /// <summary>
    /// chunk = chunk-size [ chunk-ext ] CRLF chunk-data CRLF; last-chunk = 1*("0") [ chunk-ext ] CRLF; then trailers, which are dropped
    /// (§7.1). A space before an extension is refused: nobody sends it, and readers differ.
    /// </summary>
    private bool TakeLine(string line)
    {
        switch (_part)
        {
            case Part.Size:
                int extension = line.IndexOf(';', StringComparison.Ordinal);
                ReadOnlySpan<char> digits = extension < 0 ? line : line.AsSpan(0, extension);
                if (!uint.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint size))
                    return false;
                _remaining = size;
                _part = size == 0 ? Part.Trailer : Part.Data;
                return true;
            case Part.DataEnd:
                _part = Part.Size;
                return line.Length == 0;
            default:
                _trailerSize += line.Length + LineReader.End;
                return true;
        }
    }
}
