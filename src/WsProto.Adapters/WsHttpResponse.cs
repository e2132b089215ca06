using System;
using System.Buffers;
using System.Text;

namespace WsProto.Adapters;

/// <summary>
/// An HTTP response that opens no WebSocket: a refusal, or the response to a request that does not ask for a WebSocket. The constructors
/// check that it can be sent.
/// </summary>
/// <remarks>The connection ends after it; <c>Connection: close</c> is added.</remarks>
public sealed class WsHttpResponse
{
    /// <summary>Makes an answer without a body.</summary>
    /// <param name="statusCode">The HTTP status, 200 to 599.</param>
    /// <param name="headers">More headers, such as <c>WWW-Authenticate</c>, <c>Retry-After</c> or <c>Location</c>; null for none.</param>
    /// <exception cref="ArgumentException">The status or a header cannot be sent.</exception>
    public WsHttpResponse(int statusCode, HeaderList? headers = null)
        : this(new RejectConnection { StatusCode = statusCode, Headers = headers ?? [] }, default)
    {
    }

    /// <summary>Makes an answer with a body for people to read.</summary>
    /// <param name="statusCode">The HTTP status, 200 to 599, and not 204, 205 or 304, which have no body (RFC 9110 §6.4.1).</param>
    /// <param name="text">The body, sent in UTF-8.</param>
    /// <param name="headers">More headers; null for none.</param>
    /// <exception cref="ArgumentException">The status or a header cannot be sent.</exception>
    public WsHttpResponse(int statusCode, string text, HeaderList? headers = null)
        : this(statusCode, BytesOf(text), "text/plain; charset=utf-8", headers)
    {
    }

    /// <summary>Makes an answer with a body.</summary>
    /// <param name="statusCode">The HTTP status, 200 to 599, and not 204, 205 or 304, which have no body (RFC 9110 §6.4.1).</param>
    /// <param name="body">The body; not copied.</param>
    /// <param name="contentType">Its media type.</param>
    /// <param name="headers">More headers; null for none. A <c>Content-Length</c> is added.</param>
    /// <exception cref="ArgumentException">The status or a header cannot be sent, or a Content-Length among them is another.</exception>
    public WsHttpResponse(int statusCode, ReadOnlyMemory<byte> body, string contentType, HeaderList? headers = null)
        : this(HeadOf(statusCode, body.Length, contentType, headers ?? []), body)
    {
    }

    private WsHttpResponse(RejectConnection head, ReadOnlyMemory<byte> body)
    {
        (Head, Body) = (head, body);
        // The core checks what it is to send. Here it does so in the application's hands, where the mistake is.
        try
        {
            using var trial = new WsConnection(ConnectionRole.Server);
            WriteTo(trial, new ArrayBufferWriter<byte>());
        }
        catch (LocalProtocolException e)
        {
            throw new ArgumentException("The Content-Length is not that of the body.", nameof(head), e);
        }
    }

    /// <summary>The HTTP status.</summary>
    public int StatusCode => Head.StatusCode;

    /// <summary>The headers, without those that frame the message.</summary>
    public HeaderList Headers => Head.Headers;

    /// <summary>The body; empty for none.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    internal RejectConnection Head { get; }

    /// <summary>Writes the answer.</summary>
    /// <param name="connection">The server's end.</param>
    /// <param name="output">Takes the bytes.</param>
    /// <param name="headOnly">
    /// Whether it answers a HEAD, whose answer has the head that a GET would get and no body (RFC 9110 §9.3.2).
    /// </param>
    internal void WriteTo(WsConnection connection, IBufferWriter<byte> output, bool headOnly = false)
    {
        connection.Send(Head, output);
        if (Head.HasBody && !headOnly)
            connection.Send(new RejectData(Body), output);
    }

    private static RejectConnection HeadOf(int statusCode, int length, string contentType, HeaderList headers)
    {
        headers = headers.Set("Content-Type", contentType);
        if (!headers.Contains("Content-Length"))
            headers = headers.Add("Content-Length", length.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return new RejectConnection { StatusCode = statusCode, Headers = headers, HasBody = true };
    }

    private static byte[] BytesOf(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Encoding.UTF8.GetBytes(text);
    }
}
