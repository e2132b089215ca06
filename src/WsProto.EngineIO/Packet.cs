// One packet as it leaves. It is encoded when it is made, once for however many sessions it is sent to: a text packet has the
// same bytes on both transports, a binary message is itself on a WebSocket and base64 in a payload (Engine.IO protocol v4, "Packet
// encoding").

using System;
using System.Buffers.Text;
using System.Diagnostics;
using System.Text;
using System.Text.Unicode;

namespace WsProto.EngineIO;

/// <summary>
/// A message to send. Immutable; one instance may be sent to any number of sessions, by any number of threads, and is encoded once for all.
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

    /// <summary>The digit and the data; of a binary message the data alone.</summary>
    private readonly byte[] _bytes;

    /// <summary>A binary message in a payload, from the first time that it is asked for. Threads that ask at once make the same.</summary>
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

    /// <summary>Whether it is a binary message.</summary>
    public bool IsBinary { get; }

    /// <summary>The data: the message itself, text as UTF-8.</summary>
    public ReadOnlyMemory<byte> Data => IsBinary ? _bytes : _bytes.AsMemory(1);

    /// <summary>
    /// Whether it is text with the character U+001E, which separates the packets of a payload and cannot be escaped there. Only a WebSocket
    /// carries it.
    /// </summary>
    public bool HasSeparator { get; }

    /// <summary>The packet as a WebSocket message.</summary>
    internal ReadOnlyMemory<byte> OnWebSocket => _bytes;

    /// <summary>The packet as a part of a payload.</summary>
    internal ReadOnlyMemory<byte> InPayload => IsBinary ? _base64 ??= ToBase64(_bytes) : _bytes;

    /// <summary>A text message.</summary>
    /// <param name="utf8">The text as UTF-8; it is copied.</param>
    /// <exception cref="ArgumentException">The bytes are no valid UTF-8, which no client could read.</exception>
    public static Packet Text(ReadOnlySpan<byte> utf8) =>
        Utf8.IsValid(utf8) ? new(PacketType.Message, utf8) : throw new ArgumentException("The text is no valid UTF-8.", nameof(utf8));

    /// <summary>A text message. A surrogate without its pair becomes U+FFFD, as it has no UTF-8.</summary>
    /// <param name="text">The text.</param>
    public static Packet Text(string text) => new(PacketType.Message, Encoding.UTF8.GetBytes(text));

    /// <summary>A binary message.</summary>
    /// <param name="data">The message; it is copied.</param>
    public static Packet Binary(ReadOnlySpan<byte> data) => new(data.ToArray());

    private static byte[] ToBase64(byte[] data)
    {
        byte[] encoded = new byte[1 + Base64.GetMaxEncodedToUtf8Length(data.Length)];
        encoded[0] = Payload.Base64Prefix;
        _ = Base64.EncodeToUtf8(data, encoded.AsSpan(1), out _, out _);
        return encoded;
    }
}
