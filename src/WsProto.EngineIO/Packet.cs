// A packet to send. It is encoded when it is created, once for all sessions that it is sent to. A text packet has the same bytes on both
// transports. A binary message is sent as it is over a WebSocket, and as base64 in a payload (Engine.IO protocol v4, "Packet encoding").

using System;
using System.Buffers.Text;
using System.Diagnostics;
using System.Text;
using System.Text.Unicode;

namespace WsProto.EngineIO;

/// <summary>
/// A message to send. Immutable and thread-safe: any number of sessions and threads may send one instance, which is encoded once.
/// </summary>
[DebuggerDisplay("{Data.Length} bytes, binary {IsBinary}")]
public sealed class Packet
{
    internal static readonly Packet Ping = new(PacketType.Ping, []);

    internal static readonly Packet Pong = new(PacketType.Pong, []);

    internal static readonly Packet ProbePing = new(PacketType.Ping, "probe"u8);

    internal static readonly Packet ProbePong = new(PacketType.Pong, "probe"u8);

    internal static readonly Packet Upgrade = new(PacketType.Upgrade, []);

    internal static readonly Packet Noop = new(PacketType.Noop, []);

    internal static readonly Packet Close = new(PacketType.Close, []);

    /// <summary>The type as a digit, then the data; for a binary message, the data alone.</summary>
    private readonly byte[] _bytes;

    /// <summary>
    /// A binary message as part of a payload, created on first use. Threads that create it at the same time get equal arrays.
    /// </summary>
    private byte[]? _base64;

    internal Packet(PacketType type, ReadOnlySpan<byte> data)
    {
        _bytes = new byte[1 + data.Length];
        _bytes[0] = (byte)('0' + (int)type);
        data.CopyTo(_bytes.AsSpan(1));
        HasSeparator = data.Contains(Payload.Separator);
    }

    private Packet(byte[] data)
    {
        IsBinary = true;
        _bytes = data;
    }

    /// <summary>Whether the message is binary; otherwise it is text.</summary>
    public bool IsBinary { get; }

    /// <summary>The message; text is UTF-8. The memory never changes.</summary>
    public ReadOnlyMemory<byte> Data => IsBinary ? _bytes : _bytes.AsMemory(1);

    /// <summary>
    /// Whether the message is text with the character U+001E. It separates the packets of a payload and cannot be escaped, so only a
    /// WebSocket can carry the message.
    /// </summary>
    public bool HasSeparator { get; }

    /// <summary>The packet as a WebSocket message.</summary>
    internal ReadOnlyMemory<byte> OnWebSocket => _bytes;

    /// <summary>The packet as a part of a payload.</summary>
    internal ReadOnlyMemory<byte> InPayload => IsBinary ? _base64 ??= ToBase64(_bytes) : _bytes;

    /// <summary>Creates a text message.</summary>
    /// <param name="utf8">The text as UTF-8. It is copied.</param>
    /// <returns>The message.</returns>
    /// <exception cref="ArgumentException">The bytes are not valid UTF-8.</exception>
    public static Packet Text(ReadOnlySpan<byte> utf8) =>
        Utf8.IsValid(utf8) ? new(PacketType.Message, utf8) : throw new ArgumentException("The text is not valid UTF-8.", nameof(utf8));

    /// <summary>Creates a text message.</summary>
    /// <param name="text">The text. A surrogate without its pair becomes U+FFFD, because UTF-8 cannot encode it.</param>
    /// <returns>The message.</returns>
    public static Packet Text(string text) => new(PacketType.Message, Encoding.UTF8.GetBytes(text));

    /// <summary>Creates a binary message.</summary>
    /// <param name="data">The message. It is copied.</param>
    /// <returns>The message.</returns>
    public static Packet Binary(ReadOnlySpan<byte> data) => new(data.ToArray());

    private static byte[] ToBase64(byte[] data)
    {
        byte[] encoded = new byte[1 + Base64.GetMaxEncodedToUtf8Length(data.Length)];
        encoded[0] = Payload.Base64Prefix;
        _ = Base64.EncodeToUtf8(data, encoded.AsSpan(1), out _, out _);
        return encoded;
    }
}
