// Valid heads, in which a test changes the line that it is about.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Security.Cryptography;
using System.Text;

namespace WsProto.Testing;

/// <summary>Heads of the opening handshake, written without the library. They are valid except for what a test changes.</summary>
public static class Heads
{
    /// <summary>The <c>Sec-WebSocket-Key</c> of <see cref="Request"/>, which is the example of RFC 6455 §1.3.</summary>
    public const string Key = "dGhlIHNhbXBsZSBub25jZQ==";

    /// <summary>The <c>Sec-WebSocket-Accept</c> that answers <see cref="Key"/>.</summary>
    public const string Accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    /// <summary>The 16 random bytes with which a client sends <see cref="Key"/>.</summary>
    internal static readonly byte[] Nonce = Convert.FromBase64String(Key);

    internal static readonly string[] RequestLines =
    [
        "GET /chat HTTP/1.1", "Host: example.com", "Upgrade: websocket", "Connection: Upgrade",
        $"Sec-WebSocket-Key: {Key}", "Sec-WebSocket-Version: 13",
    ];

    internal static readonly string[] ResponseLines = ResponseLinesTo(Accept);

    /// <summary>Makes a request for <c>/chat</c> on <c>example.com</c>.</summary>
    /// <param name="name">The header to replace; null or empty for none.</param>
    /// <param name="value">Its new value; null to leave it out.</param>
    /// <param name="more">Lines to add at the end, for example <c>"Origin: http://example.com"</c>.</param>
    /// <returns>The bytes.</returns>
    /// <exception cref="ArgumentException">There is no such header to replace.</exception>
    public static byte[] Request(string? name = null, string? value = null, params string[] more) =>
        Wire.Head([.. With(RequestLines, name, value), .. more]);

    /// <summary>Makes the 101 response that accepts a request.</summary>
    /// <param name="request">The request of a client, with its key.</param>
    /// <param name="name">The header to replace; null or empty for none.</param>
    /// <param name="value">Its new value; null to leave it out.</param>
    /// <param name="more">Lines to add at the end.</param>
    /// <returns>The bytes.</returns>
    /// <exception cref="ArgumentException">There is no such header to replace, or the request has no key.</exception>
    public static byte[] ResponseTo(ReadOnlySpan<byte> request, string? name = null, string? value = null, params string[] more) =>
        Wire.Head([.. With(ResponseLinesTo(AcceptFor(request)), name, value), .. more]);

    /// <summary>Makes the response to <see cref="Request"/>.</summary>
    internal static byte[] Response(string? name = null, string? value = null, params string[] more) =>
        Wire.Head([.. With(ResponseLines, name, value), .. more]);

    internal static string[] ResponseLinesTo(string accept) =>
        ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade", $"Sec-WebSocket-Accept: {accept}"];

    /// <summary>Computes the value that proves that the server read the request (RFC 6455 §4.2.2).</summary>
    internal static string AcceptFor(ReadOnlySpan<byte> request)
    {
        const string name = "Sec-WebSocket-Key:";
        string line = Encoding.Latin1.GetString(request).Split("\r\n")
            .FirstOrDefault(line => line.StartsWith(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException("The request has no Sec-WebSocket-Key.", nameof(request));
#pragma warning disable CA5350 // RFC 6455 §4.2.2 requires SHA-1, which protects no secret here.
        byte[] text = Encoding.ASCII.GetBytes(line[name.Length..].Trim() + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
        return Convert.ToBase64String(SHA1.HashData(text));
#pragma warning restore CA5350
    }

    private static IEnumerable<string> With(string[] lines, string? name, string? value)
    {
        bool found = string.IsNullOrEmpty(name);
        foreach (string line in lines)
        {
            if (string.IsNullOrEmpty(name) || !line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
                yield return line;
            else
            {
                found = true;
                if (value is not null)
                    yield return $"{name}: {value}";
            }
        }

        if (!found)
            throw new ArgumentException($"There is no {name} to replace. To add a header, pass the whole line.", nameof(name));
    }
}
