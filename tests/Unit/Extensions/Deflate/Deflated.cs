// Connections that have agreed on permessage-deflate, the frames that reach them, and those that they send.

using System.Buffers.Binary;
using System.IO.Compression;
using WsProto.Extensions;

namespace WsProto.Tests.Extensions.Deflate;

internal static class Deflated
{
    /// <summary>RSV1 in the numbers of <see cref="Wire"/>.</summary>
    public const int Rsv1 = 0b100;

    /// <summary>What a stream that is truncated or corrupt leads to.</summary>
    public static readonly (ProtocolError, CloseCode) BadData = (ProtocolError.ExtensionFailed, CloseCode.InvalidPayloadData);

    public static WsConnection Connection(
        ConnectionRole role, DeflateParameters? agreed = null, PerMessageDeflate? settings = null, WsConnectionOptions? options = null) =>
        WsConnection.Established(role, [Codec(role, agreed, settings)], options);

    public static DeflateCodec Codec(ConnectionRole role, DeflateParameters? agreed = null, PerMessageDeflate? settings = null) =>
        new(settings ?? new(), role, agreed ?? new(), new ExtensionElement("permessage-deflate"));

    public static Link Link(DeflateParameters? agreed = null, PerMessageDeflate? settings = null, WsConnectionOptions? options = null) =>
        new(Connection(ConnectionRole.Client, agreed, settings, options), Connection(ConnectionRole.Server, agreed, settings, options));

    /// <summary>Neither side keeps its history.</summary>
    public static DeflateParameters NoTakeover { get; } = new() { ServerNoContextTakeover = true, ClientNoContextTakeover = true };

    /// <summary>Both windows.</summary>
    public static DeflateParameters Windows(int bits) => new() { ServerMaxWindowBits = bits, ClientMaxWindowBits = bits };

    /// <summary>The first frame of a compressed message, as the peer sends it.</summary>
    public static byte[] First(ConnectionRole receiver, Opcode opcode, byte[] compressed, bool fin = true) =>
        Wire.FrameFor(receiver, opcode, compressed, fin, Rsv1);

    public static byte[] Next(ConnectionRole receiver, byte[] compressed, bool fin = true) =>
        Wire.FrameFor(receiver, Opcode.Continuation, compressed, fin);

    /// <summary>The native memory that a connection holds for sending and for receiving.</summary>
    public static (bool Sending, bool Receiving) Contexts(this WsConnection connection) =>
        Assert.IsType<DeflateCodec>(Assert.Single(connection.Extensions)).HoldsContexts;

    /// <summary>
    /// Runs large input whole and in pieces of some sizes, where all the cuts of <see cref="Cuts.Run"/> would take too long.
    /// </summary>
    public static ConnectionOutcome Run(Func<WsConnection> create, byte[] input, params ReadOnlySpan<int> sizes)
    {
        ConnectionOutcome whole = Cuts.Feed(create, [input]);
        foreach (int size in sizes)
            Assert.Equal(whole, Cuts.Feed(create, input.Chunk(size)));
        return whole;
    }

    /// <summary>Wants an outcome of one event, the failure of the connection.</summary>
    public static void Fails(ConnectionOutcome outcome, ProtocolError error, CloseCode code)
    {
        var close = Assert.IsType<CloseConnection>(Assert.Single(outcome.Events));
        Assert.Equal((error, code), (close.Error, close.Code));
        Assert.Equal(ConnectionState.RemoteClosing, outcome.State);
    }

    /// <summary>Bytes that compress well but not to nothing.</summary>
    public static byte[] Prose(int length, int seed = 1)
    {
        var random = new Random(seed);
        byte[] words = new byte[length];
        for (int i = 0; i < length; i++)
            words[i] = (byte)(i > 40 && random.Next(4) > 0 ? words[i - random.Next(1, Math.Min(i, 20_000))] : 'a' + random.Next(26));
        return words;
    }

    public static byte[] Noise(int length, int seed = 1)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}

/// <summary>A peer's compressor that is not ours: that of the base class library. It keeps its history.</summary>
internal sealed class Zip : IDisposable
{
    private readonly MemoryStream _compressed = new();
    private readonly DeflateStream _stream;

    public Zip(CompressionLevel level = CompressionLevel.Optimal) => _stream = new DeflateStream(_compressed, level, leaveOpen: true);

    /// <summary>A message in the form of RFC 7692 §7.2.1.</summary>
    public byte[] Message(byte[] data)
    {
        byte[] flushed = Flush(data);
        return flushed.Length == 0 ? [0x00] : flushed[..^4];
    }

    /// <summary>Some data, flushed to a byte boundary, with the four octets.</summary>
    public byte[] Flush(byte[] data)
    {
        _compressed.SetLength(0);
        _stream.Write(data);
        _stream.Flush();
        return _compressed.ToArray();
    }

    /// <summary>A message on its own.</summary>
    public static byte[] One(byte[] data, CompressionLevel level = CompressionLevel.Optimal)
    {
        using var zip = new Zip(level);
        return zip.Message(data);
    }

    /// <summary>A whole DEFLATE stream whose last block is the final one, with nothing after it.</summary>
    public static byte[] Finished(byte[] data)
    {
        using var compressed = new MemoryStream();
        using (var stream = new DeflateStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
            stream.Write(data);
        return compressed.ToArray();
    }

    /// <summary>What the payloads of consecutive messages hold, for a peer that keeps its history.</summary>
    public static byte[] Inflate(params IEnumerable<byte[]> payloads)
    {
        byte[] tail = [0x00, 0x00, 0xFF, 0xFF];
        using var compressed = new MemoryStream(Wire.Concat(payloads.SelectMany(payload => new[] { payload, tail })));
        using var stream = new DeflateStream(compressed, CompressionMode.Decompress);
        using var data = new MemoryStream();
        stream.CopyTo(data);
        return data.ToArray();
    }

    public void Dispose()
    {
        _stream.Dispose();
        _compressed.Dispose();
    }
}

/// <summary>A frame that a connection has sent, taken apart.</summary>
internal sealed record SentFrame(bool Fin, int Rsv, Opcode Opcode, byte[] Payload)
{
    public static List<SentFrame> Parse(byte[] bytes)
    {
        var frames = new List<SentFrame>();
        ReadOnlySpan<byte> rest = bytes;
        while (!rest.IsEmpty)
        {
            byte first = rest[0];
            bool masked = rest[1] >= 0x80;
            int length = rest[1] & 0x7F;
            rest = rest[2..];
            if (length == 126)
            {
                length = BinaryPrimitives.ReadUInt16BigEndian(rest);
                rest = rest[2..];
            }
            else if (length == 127)
            {
                length = checked((int)BinaryPrimitives.ReadUInt64BigEndian(rest));
                rest = rest[8..];
            }

            byte[] key = masked ? rest[..4].ToArray() : new byte[4];
            rest = rest[(masked ? 4 : 0)..];
            frames.Add(new SentFrame(first >= 0x80, (first >> 4) & 7, (Opcode)(first & 0xF), Wire.Mask(rest[..length].ToArray(), key)));
            rest = rest[length..];
        }

        return frames;
    }

    public static SentFrame One(byte[] bytes) => Assert.Single(Parse(bytes));
}
