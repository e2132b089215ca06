// Writes a refusal: the head with its framing, then the body (RFC 9112 §6, §7.1).

using System;
using System.Buffers;
using System.Globalization;
using System.Linq;
using System.Text;
using WsProto.Framing;
using WsProto.Negotiation;

namespace WsProto.Http1;

internal sealed class RejectBodyWriter
{
    private static readonly string[] _ownHeaders = ["Transfer-Encoding"];

    private readonly bool _chunked;
    private long? _remaining;

    private RejectBodyWriter(bool chunked, long? remaining)
    {
        _chunked = chunked;
        _remaining = remaining;
    }

    /// <summary>
    /// Writes the head. Without a length, the body is chunked where the peer is known to speak HTTP/1.1, else it ends with the transport.
    /// </summary>
    /// <exception cref="ArgumentException">The status, a header or the length cannot be sent.</exception>
    internal static RejectBodyWriter? Begin(RejectConnection reject, bool canChunk, IBufferWriter<byte> output)
    {
        if (reject.StatusCode is < 200 or > 599)
            throw new ArgumentOutOfRangeException(
                nameof(reject), reject.StatusCode, "The status of a refusal is 200 to 599 (RFC 9110 §15).");
        ArgumentNullException.ThrowIfNull(reject.Headers, nameof(reject));
        bool mayHaveBody = reject.StatusCode is not (204 or 205 or 304);
        if (reject.HasBody && !mayHaveBody)
            throw new ArgumentException("A response of this status has no body (RFC 9110 §6.4.1).", nameof(reject));
        long? length = LengthOf(reject);
        HandshakeHeaders.ThrowIfNotSendable(reject.Headers, _ownHeaders, nameof(reject));

        var head = new HttpHeadWriter(string.Create(
            CultureInfo.InvariantCulture, $"HTTP/1.1 {reject.StatusCode} {HttpStatus.PhraseFor(reject.StatusCode)}"));
        head.Add(reject.Headers);
        // The answer is the last thing on this connection; frames that a client sends all the same must not be taken for requests.
        if (!reject.Headers.Contains("Connection"))
            head.Add("Connection", "close");
        bool chunked = reject.HasBody && length is null && canChunk;
        if (chunked)
            head.Add("Transfer-Encoding", "chunked");
        else if (!reject.HasBody && length is null && reject.StatusCode is not (204 or 304))
            head.Add("Content-Length", "0");
        head.WriteTo(output);
        return reject.HasBody ? new RejectBodyWriter(chunked, length) : null;
    }

    /// <param name="piece">A piece of the body.</param>
    /// <param name="output">Takes the bytes.</param>
    /// <param name="isBegun">True as soon as the writer has taken a part, also where it throws later.</param>
    /// <exception cref="LocalProtocolException">The body is longer or shorter than its Content-Length.</exception>
    internal void Write(RejectData piece, IBufferWriter<byte> output, ref bool isBegun)
    {
        ReadOnlySpan<byte> data = piece.Data.Span;
        if (data.Length > _remaining || (piece.BodyFinished && data.Length < _remaining))
            throw LocalProtocolErrors.Of(LocalProtocolError.BodyLengthMismatch);
        // A chunk of no bytes would end the body.
        if (_chunked && !data.IsEmpty)
        {
            Write(Encoding.ASCII.GetBytes(data.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n"), output, ref isBegun);
            Write(data, output, ref isBegun);
            Write("\r\n"u8, output, ref isBegun);
        }
        else
        {
            Write(data, output, ref isBegun);
        }

        if (_chunked && piece.BodyFinished)
            Write("0\r\n\r\n"u8, output, ref isBegun);
        _remaining -= data.Length;
    }

    /// <summary>Writes in steps, so that no writer has to find one huge span.</summary>
    private static void Write(ReadOnlySpan<byte> data, IBufferWriter<byte> output, ref bool isBegun)
    {
        while (!data.IsEmpty)
        {
            ReadOnlySpan<byte> step = data[..Math.Min(data.Length, FrameWriter.Step)];
            step.CopyTo(output.GetSpan(step.Length));
            output.Advance(step.Length);
            isBegun = true;
            data = data[step.Length..];
        }
    }

    private static long? LengthOf(RejectConnection reject)
    {
        string[] values = reject.Headers.GetValues("Content-Length").ToArray();
        if (values.Length == 0)
            return null;
        if (values.Length > 1
            || !long.TryParse(values[0], NumberStyles.None, CultureInfo.InvariantCulture, out long length)
            || (!reject.HasBody && length > 0))
        {
            throw new ArgumentException("The Content-Length is not that of the body.", nameof(reject));
        }

        return length;
    }
}
