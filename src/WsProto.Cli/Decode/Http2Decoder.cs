// The frames of HTTP/2 of both sides (RFC 9113 §4.1), for the WebSockets in its streams (RFC 8441). Header fields are compressed by HPACK,
// with a table that both ends fill from the first field of the connection on, and are not decoded: a stream is taken for a WebSocket if the
// client keeps its side open and the first octets of either side may begin a frame as that side sends them.

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using WsProto.Cli.Captures;

namespace WsProto.Cli.Decode;

/// <param name="output">Takes what was found.</param>
/// <param name="settings">What the command line asks for.</param>
/// <param name="places">Who talks to whom; null where that is not known.</param>
internal sealed class Http2Decoder(DecodeOutput output, DecodeSettings settings, (TcpPlace Client, TcpPlace Server)? places) : IDisposable
{
    private const int HeaderLength = 9;
    private const int Data = 0;
    private const int Headers = 1;
    private const int Reset = 3;
    private const int Settings = 4;
    private const int EndStream = 0x1;
    private const int Padded = 0x8;

    /// <summary>So many octets of the preface are no other protocol's.</summary>
    private const int Decisive = 4;

    /// <summary>So many streams that are open at a time are followed.</summary>
    private const int MostStreams = 1000;

    private readonly Half[] _halves = [new(Preface.Length), new(0)];
    private readonly Dictionary<int, Stream> _streams = [];
    private long _streamCount;
    private long _webSockets;
    private long _notFollowed;
    private string _lost = "";

    /// <summary>What a client begins with (RFC 9113 §3.4).</summary>
    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <summary>Whether octets may be the beginning of what begins a side of HTTP/2, and are too few to tell.</summary>
    public static bool MayBecome(Side side, ReadOnlySpan<byte> octets) => side == Side.Client
        ? octets.Length < Decisive && octets.SequenceEqual(Preface[..octets.Length])
        : octets.Length is > 0 and < HeaderLength && octets[0] == 0;

    /// <summary>Whether octets begin a side of HTTP/2: with the preface, or with SETTINGS.</summary>
    public static bool MayBegin(Side side, ReadOnlySpan<byte> octets)
    {
        if (side == Side.Client)
        {
            int count = Math.Min(Preface.Length, octets.Length);
            return count >= Decisive && octets[..count].SequenceEqual(Preface[..count]);
        }

        bool isSettings = octets.Length >= HeaderLength && octets[3] == Settings && BinaryPrimitives.ReadInt32BigEndian(octets[5..]) == 0;
        return isSettings && octets[0] == 0 && octets[4] == 0 && BinaryPrimitives.ReadUInt16BigEndian(octets[1..]) % 6 == 0;
    }

    public void Octets(Side side, ReadOnlySpan<byte> octets, long ticks)
    {
        Half half = _halves[(int)side];
        while (!octets.IsEmpty && !half.IsLost)
        {
            if (half.Left == 0)
            {
                int taken = Math.Min(HeaderLength - half.Count, octets.Length);
                octets[..taken].CopyTo(half.Header.AsSpan(half.Count));
                half.Count += taken;
                octets = octets[taken..];
                if (half.Count < HeaderLength)
                    return;
                Begin(half, side);
            }

            int length = Math.Min(half.Left, octets.Length);
            if (half.Type == Data)
                TakeData(half, side, octets[..length], ticks);
            half.Left -= length;
            octets = octets[length..];
            if (half.Left == 0)
                Finish(half, side, ticks);
        }
    }

    /// <summary>Octets are not there. Where the next frame begins is not known.</summary>
    public void Gap(Side side, long count, long ticks)
    {
        _halves[(int)side].IsLost = true;
        string octets = count.ToString(CultureInfo.InvariantCulture);
        _lost = $"{octets} octets of HTTP/2 are not in the capture; what follows them is not decoded";
        foreach (Stream stream in _streams.Values)
            stream.Frames?.Tell(side, ticks, "gap", _lost);
    }

    /// <summary>The connection below ends.</summary>
    public void End(Side side, bool isReset, long ticks)
    {
        foreach (Stream stream in _streams.Values)
            stream.Frames?.End((int)side, isReset, ticks);
    }

    public void Dispose()
    {
        foreach (Stream stream in _streams.Values)
            stream.Frames?.Dispose();
        string streams = string.Create(CultureInfo.InvariantCulture, $"{_streamCount} streams");
        if (_webSockets == 0)
            output.NotShown(places, $"HTTP/2, of whose {streams} none has frames of a WebSocket; header fields are not decoded");
        else if (_webSockets < _streamCount)
            output.NotShown(places, $"{(_streamCount - _webSockets).ToString(CultureInfo.InvariantCulture)} of {streams} of HTTP/2");
        if (_lost.Length > 0)
            output.NotShown(places, _lost);
        if (_notFollowed > 0)
            output.NotShown(places, $"{_notFollowed.ToString(CultureInfo.InvariantCulture)} streams of HTTP/2, as too many were open");
    }

    /// <summary>The header of a frame is whole.</summary>
    private void Begin(Half half, Side side)
    {
        half.Count = 0;
        half.Left = (half.Header[0] << 16) | BinaryPrimitives.ReadUInt16BigEndian(half.Header.AsSpan(1));
        half.Type = half.Header[3];
        half.Flags = half.Header[4];
        half.StreamId = BinaryPrimitives.ReadInt32BigEndian(half.Header.AsSpan(5)) & int.MaxValue;
        half.IsPaddingKnown = (half.Flags & Padded) == 0;
        half.Padding = 0;
        if (half.Type != Headers || side != Side.Client || _streams.ContainsKey(half.StreamId))
            return;
        _streamCount++;
        if (_streams.Count < MostStreams)
            _streams.Add(half.StreamId, new Stream(half.StreamId));
        else
            _notFollowed++;
    }

    private void TakeData(Half half, Side side, ReadOnlySpan<byte> octets, long ticks)
    {
        int left = half.Left;
        if (!half.IsPaddingKnown && !octets.IsEmpty)
        {
            (half.Padding, half.IsPaddingKnown) = (octets[0], true);
            octets = octets[1..];
            left--;
        }

        octets = octets[..Math.Clamp(left - half.Padding, 0, octets.Length)];
        if (_streams.TryGetValue(half.StreamId, out Stream? stream) && !octets.IsEmpty)
            Take(stream, side, octets, ticks);
    }

    private void Take(Stream stream, Side side, ReadOnlySpan<byte> octets, long ticks)
    {
        if (stream.IsOther)
            return;
        if (stream.Frames is null)
        {
            // One octet alone does not tell; what follows it does.
            stream.Start[(int)side] = [.. stream.Start[(int)side], .. octets];
            octets = stream.Start[(int)side];
            if (octets.Length < 2)
                return;
            if (stream.HasClientEnded || !MayBeFrame(side, octets))
            {
                stream.IsOther = true;
                return;
            }

            Open(stream, ticks);
            byte[] early = stream.Start[1 - (int)side];
            stream.Frames!.Octets(1 - (int)side, early, ticks);
            stream.Start[0] = stream.Start[1] = [];
        }

        stream.Frames!.Octets((int)side, octets, ticks);
    }

    private void Open(Stream stream, long ticks)
    {
        _webSockets++;
        string within = string.Create(CultureInfo.InvariantCulture, $"stream {stream.Id} of HTTP/2");
        stream.Frames = new ConnectionDecoder(output, settings, places, isWhole: true, isOneSided: false, within);
        if (settings.HasDeflate)
            stream.Frames.BeginWithFrames([ObservedDeflate.Bare]);
        else
            stream.Frames.BeginUnjudged(ticks, within, "header fields of HTTP/2 are not decoded, so extensions are not known");
    }

    /// <summary>A frame is over.</summary>
    private void Finish(Half half, Side side, long ticks)
    {
        if (!_streams.TryGetValue(half.StreamId, out Stream? stream))
            return;
        bool isReset = half.Type == Reset;
        bool endsStream = half.Type is Data or Headers && (half.Flags & EndStream) != 0;
        if (!isReset && !endsStream)
            return;
        stream.Frames?.End((int)side, isReset, ticks);
        stream.HasClientEnded |= side == Side.Client;
        stream.Ended[(int)side] = true;
        if (!isReset && !stream.Ended.All(ended => ended))
            return;
        stream.Frames?.Dispose();
        _streams.Remove(half.StreamId);
    }

    /// <summary>Whether octets may begin the first frame of a side: of a message, or control; masked if the client sends it.</summary>
    private static bool MayBeFrame(Side side, ReadOnlySpan<byte> octets)
    {
        bool isControl = octets[0] is 0x88 or 0x89 or 0x8A && (octets[1] & 0x7F) <= 125;
        bool isMessage = (octets[0] & 0b0011_1111) is 1 or 2;
        return (isControl || isMessage) && ((octets[1] & 0x80) != 0) == (side == Side.Client);
    }

    /// <summary>What one side sends: where it is within a frame.</summary>
    /// <param name="skipped">How many octets stand before the first frame.</param>
    private sealed class Half(int skipped)
    {
        public byte[] Header { get; } = new byte[HeaderLength];

        /// <summary>How much of the header is there.</summary>
        public int Count { get; set; }

        /// <summary>How much of the payload has to come.</summary>
        public int Left { get; set; } = skipped;

        /// <summary>The type of the frame; what stands before the first is none.</summary>
        public int Type { get; set; } = -1;

        public int Flags { get; set; }

        public int StreamId { get; set; }

        public int Padding { get; set; }

        public bool IsPaddingKnown { get; set; } = true;

        public bool IsLost { get; set; }
    }

    private sealed class Stream(int id)
    {
        public int Id { get; } = id;

        /// <summary>Null for as long as it is not known to have frames.</summary>
        public ConnectionDecoder? Frames { get; set; }

        public bool IsOther { get; set; }

        public bool HasClientEnded { get; set; }

        public bool[] Ended { get; } = [false, false];

        /// <summary>What came before it was known.</summary>
        public byte[][] Start { get; } = [[], []];
    }
}
