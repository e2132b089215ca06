// The proof that a server has read the WebSocket request, RFC 6455 §1.3, §4.1 and §4.2.2.

using System;
using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using WsProto.Framing;

namespace WsProto.Negotiation;

internal static class HandshakeKey
{
    private const int Size = 16;
    private const int EncodedSize = 24;

    private static readonly SearchValues<char> _base64 =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

    private static ReadOnlySpan<byte> Guid => "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"u8;

    /// <summary>"A nonce consisting of a randomly selected 16-byte value that has been base64-encoded" (§4.1).</summary>
    internal static string Create(RandomFill fill)
    {
        Span<byte> nonce = stackalloc byte[Size];
        fill(nonce);
        return Convert.ToBase64String(nonce);
    }

    /// <summary>
    /// "A base64-encoded value that, when decoded, is 16 bytes in length" (§4.2.1). The bits that fill up the last character may be
    /// set: they are in the RFC's own example (§4.1).
    /// </summary>
    internal static bool IsValid(ReadOnlySpan<char> key) =>
        key.Length == EncodedSize && key.EndsWith("==") && !key[..^2].ContainsAnyExcept(_base64);

    /// <summary>base64(SHA-1(key + GUID)) (§4.2.2 step 5.4).</summary>
    internal static string Accept(string key)
    {
        Span<byte> text = stackalloc byte[EncodedSize + Guid.Length];
        Encoding.ASCII.GetBytes(key, text);
        Guid.CopyTo(text[EncodedSize..]);
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // RFC 6455 §1.3 prescribes SHA-1, and §10.8 says why that is no weakness here.
        SHA1.HashData(text, hash);
#pragma warning restore CA5350
        return Convert.ToBase64String(hash);
    }
}
