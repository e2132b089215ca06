using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Conformance;

/// <summary>Heads of HTTP/1.1, as much of them as a handshake needs (RFC 6455 §4).</summary>
internal static class HttpHead
{
    private const int Longest = 16 << 10;

    /// <summary>The key as a server has to answer it (RFC 6455 §4.2.2).</summary>
    [SuppressMessage("Security", "CA5350", Justification = "The RFC asks for it, and nothing is secured by it.")]
    public static string AcceptFor(string key) =>
        Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));

    /// <summary>The lines of a head, and not an octet of what follows it.</summary>
    /// <exception cref="IOException">It does not come, or is too long.</exception>
    public static async Task<string[]> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var head = new List<byte>();
        byte[] octet = new byte[1];
        while (head.Count < Longest)
        {
            await stream.ReadExactlyAsync(octet, cancellationToken).ConfigureAwait(false);
            head.Add(octet[0]);
            if (head is [.., (byte)'\r', (byte)'\n', (byte)'\r', (byte)'\n'])
                return Encoding.Latin1.GetString([.. head]).TrimEnd().Split("\r\n");
        }

        throw new IOException("The head of the answer does not end.");
    }

    /// <summary>Whether a server means to have opened a WebSocket.</summary>
    public static bool IsUpgraded(string[] answer) => answer[0].Split(' ') is ["HTTP/1.1", "101", ..];

    /// <summary>What a server that means to have opened a WebSocket does wrong in it (RFC 6455 §4.2.2).</summary>
    /// <param name="answer">The head of its answer.</param>
    /// <param name="key">What was asked.</param>
    /// <returns>Null where it is right.</returns>
    public static string? FaultOf(string[] answer, string key)
    {
        if (FieldIn(answer, "Sec-WebSocket-Accept") != AcceptFor(key))
            return "the server answers another key";
        if (!HasToken(FieldIn(answer, "Upgrade"), "websocket"))
            return "the server answers without Upgrade: websocket";
        return HasToken(FieldIn(answer, "Connection"), "upgrade") ? null : "the server answers without Connection: Upgrade";
    }

    /// <summary>Whether a list has a token, in any case.</summary>
    public static bool HasToken(string? list, string token) =>
        list is not null && list.Split(',', StringSplitOptions.TrimEntries).Contains(token, StringComparer.OrdinalIgnoreCase);

    /// <summary>The value of a field; the values joined where there are several; null where there is none.</summary>
    public static string? FieldIn(string[] head, string name)
    {
        string[] values =
        [
            .. head.Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
                .Select(line => line[(name.Length + 1)..].Trim()),
        ];
        return values.Length == 0 ? null : string.Join(", ", values);
    }
}
