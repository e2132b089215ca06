// A connection from its opening handshake to its end. What is no WebSocket is not shown, but counted.

using System;
using System.Collections.Generic;
using System.Globalization;
using WsProto.Cli.Captures;
using WsProto.Extensions;

namespace WsProto.Cli.Decode;

/// <param name="output">Takes what was found.</param>
/// <param name="settings">What the command line asks for.</param>
/// <param name="places">Who talks to whom; null where that is not known.</param>
/// <param name="isWhole">Whether it is seen from its beginning.</param>
/// <param name="isOneSided">Whether octets of one side alone will come.</param>
/// <param name="within">The part of the connection that it is; null for the whole.</param>
internal sealed class ConnectionDecoder(
    DecodeOutput output, DecodeSettings settings, (TcpPlace Client, TcpPlace Server)? places, bool isWhole, bool isOneSided,
    string? within = null)
    : ITcpSink, IDisposable
{
    private static readonly WsConnectionOptions _unlimited = new()
    {
        // Memory does not depend on the size of a message, as it is taken in pieces.
        MessageDelivery = MessageDelivery.Chunks,
        MaxMessageSize = null,
        MaxFragmentCount = null,
    };

    private readonly FrameDecoder?[] _frames = [null, null];
    private readonly bool[] _hasEnded = [false, false];
    private HandshakeDecoder? _handshake;
    private readonly byte[][] _held = [[], []];
    private Http2Decoder? _http2;
    private bool _isSwapped;
    private bool _mayBeMidway = !isWhole;
    private bool _isNone;
    private bool _isRefused;
    private bool _hasOctets;
    private string _why = "no opening handshake of a WebSocket";
    private long _ticks;
    private int _number;

    /// <summary>Begins with frames: there is no handshake.</summary>
    public void BeginWithFrames(IReadOnlyList<ExtensionElement> agreed) => Open(agreed);

    /// <summary>Begins with frames that cannot be judged.</summary>
    /// <param name="ticks">When.</param>
    /// <param name="what">What begins.</param>
    /// <param name="why">Why they cannot.</param>
    public void BeginUnjudged(long ticks, string what, string why)
    {
        Emit(new DecodedRow(null, ticks, "remark") { Text = what, Note = $"{why}; frames are not judged" });
        _frames[0] = new FrameDecoder(Side.Client, null, why, settings.Shown, Emit);
        _frames[1] = new FrameDecoder(Side.Server, null, why, settings.Shown, Emit);
    }

    public void Octets(int side, ReadOnlySpan<byte> octets, long ticks)
    {
        _ticks = ticks;
        _hasOctets = true;
        if (_frames[0] is not null)
            _frames[(int)SideOf(side)]!.Add(octets, ticks);
        else if (_http2 is not null)
            AddToHttp2(side, octets, ticks);
        else if (!_isNone && !_isRefused)
            Begin(side, octets, ticks);
    }

    public void Gap(int side, long count, long ticks)
    {
        _ticks = ticks;
        if (_frames[0] is not null)
        {
            _frames[(int)SideOf(side)]!.Gap(count, ticks);
        }
        else if (_http2 is not null)
        {
            _http2.Gap(SideOf(side), count, ticks);
        }
        else if (_handshake is not null)
        {
            string text = string.Create(CultureInfo.InvariantCulture, $"{count} octets of the opening handshake are not in the capture");
            Emit(new DecodedRow(SideOf(side), ticks, "gap") { Text = text });
            (_handshake, _isRefused) = (null, true);
        }
        else
        {
            _mayBeMidway = true;
        }
    }

    public void End(int side, bool isReset, long ticks)
    {
        if (_hasEnded[side])
            return;
        _hasEnded[side] = true;
        _http2?.End(SideOf(side), isReset, ticks);
        if (_number == 0)
            return;
        Side sender = SideOf(side);
        FrameDecoder? frames = _frames[(int)sender];
        frames?.Finish(ticks);
        string note = frames is { HasClosed: false } ? "without a Close (RFC 6455 §7.1.5)" : "";
        Emit(new DecodedRow(sender, ticks, isReset ? "reset" : "end") { Note = note });
    }

    /// <summary>Something else has happened.</summary>
    public void Tell(Side side, long ticks, string what, string text) => Emit(new DecodedRow(side, ticks, what) { Text = text });

    public void Dispose()
    {
        if (_handshake is not null)
            Take(_handshake.Finish());
        foreach (FrameDecoder? frames in _frames)
        {
            frames?.Finish(_ticks);
            frames?.Dispose();
        }

        _http2?.Dispose();
        if (_number == 0 && _hasOctets && _http2 is null)
            output.NotShown(places, _why);
    }

    private Side SideOf(int side) => (Side)(_isSwapped ? 1 - side : side);

    private void Begin(int side, ReadOnlySpan<byte> octets, long ticks)
    {
        if (_handshake is null)
        {
            byte[] held = [.. _held[side], .. octets];
            if (isWhole && Http2Decoder.MayBecome(SideOf(side), held))
            {
                _held[side] = held;
                return;
            }

            octets = held;
            _held[side] = [];
            if (BeginHttp2(side, octets))
            {
                _http2!.Octets(SideOf(side), octets, ticks);
                return;
            }

            Side? sender = isWhole ? SideOf(side) : octets.IsEmpty ? null
                : HandshakeDecoder.MayBegin(Side.Client, octets) ? Side.Client
                : HandshakeDecoder.MayBegin(Side.Server, octets) ? Side.Server : null;
            if (sender is null || !HandshakeDecoder.MayBegin(sender.Value, octets))
            {
                BeginMidway(side, octets, ticks);
                return;
            }

            _isSwapped = (int)sender.Value != side;
            _handshake = new HandshakeDecoder(isOneSided, Emit);
        }

        Take(_handshake.Add(SideOf(side), octets, ticks));
    }

    /// <summary>Whether it is HTTP/2, seen from the beginning.</summary>
    private bool BeginHttp2(int side, ReadOnlySpan<byte> octets)
    {
        Side? sender = Http2Decoder.MayBegin(Side.Client, octets) ? Side.Client
            : isWhole && SideOf(side) == Side.Server && Http2Decoder.MayBegin(Side.Server, octets) ? Side.Server : null;
        if (sender is null)
            return false;
        _isSwapped = (int)sender.Value != side;
        // What the other side has sent stays there until more of it comes, or the end.
        _http2 = new Http2Decoder(output, settings, _isSwapped && places is { } known ? (known.Server, known.Client) : places);
        return true;
    }

    private void AddToHttp2(int side, ReadOnlySpan<byte> octets, long ticks)
    {
        _http2!.Octets(SideOf(side), _held[side], ticks);
        _held[side] = [];
        _http2.Octets(SideOf(side), octets, ticks);
    }

    private void Take(HandshakeState state)
    {
        switch (state)
        {
            case HandshakeState.Open:
                HandshakeDecoder handshake = _handshake!;
                _handshake = null;
                Open(handshake.Agreed);
                foreach (Side side in new[] { Side.Client, Side.Server })
                {
                    (byte[] rest, long ticks) = handshake.RestOf(side);
                    if (rest.Length > 0)
                        _frames[(int)side]!.Add(rest, ticks);
                }

                break;
            case HandshakeState.None:
                // Another request may follow on the same connection.
                _handshake = null;
                _mayBeMidway = false;
                break;
            case HandshakeState.Refused:
                (_handshake, _isRefused) = (null, true);
                break;
        }
    }

    /// <summary>Octets without a handshake before them: frames, if they look like nothing else.</summary>
    private void BeginMidway(int side, ReadOnlySpan<byte> octets, long ticks)
    {
        // A record of TLS: a handshake, or data, of version 3.x (RFC 8446 §5.1).
        if (octets.Length > 2 && octets[0] is 0x16 or 0x17 && octets[1] == 3)
        {
            (_isNone, _why) = (true, "TLS");
            return;
        }

        bool isMasked = octets.Length > 1 && (octets[1] & 0x80) != 0;
        if (!_mayBeMidway || octets.Length < 2 || !FrameDecoder.AreFrames(octets, isMasked))
            return;
        _isSwapped = (isMasked ? 0 : 1) != side;
        Emit(new DecodedRow(null, ticks, "remark")
        {
            Text = "the capture begins in the middle of the connection",
            Note = "frames seem to begin here; they are not judged",
        });
        const string Why = "the capture begins in the middle";
        _frames[0] = new FrameDecoder(Side.Client, null, Why, settings.Shown, Emit);
        _frames[1] = new FrameDecoder(Side.Server, null, Why, settings.Shown, Emit);
        // The other side may be within a frame.
        _frames[1 - (int)SideOf(side)]!.Lose();
        _frames[(int)SideOf(side)]!.Add(octets, ticks);
    }

    private void Open(IReadOnlyList<ExtensionElement> agreed)
    {
        _frames[0] = Decoder(Side.Client, agreed);
        _frames[1] = Decoder(Side.Server, agreed);
    }

    private FrameDecoder Decoder(Side sender, IReadOnlyList<ExtensionElement> agreed)
    {
        ConnectionRole receiver = sender == Side.Client ? ConnectionRole.Server : ConnectionRole.Client;
        ExtensionCodec? codec = agreed.Count == 1 && ObservedDeflate.Is(agreed[0]) ? ObservedDeflate.CodecOf(sender, agreed[0]) : null;
        if (agreed.Count > 0 && codec is null)
            return new FrameDecoder(sender, null, $"the extension {agreed[0]} is not known here", settings.Shown, Emit);
        WsConnection judge = WsConnection.Established(receiver, codec is null ? [] : [codec], _unlimited);
        return new FrameDecoder(sender, judge, "", settings.Shown, Emit);
    }

    private void Emit(DecodedRow row)
    {
        if (_number == 0)
            _number = output.Begin(_isSwapped && places is { } known ? (known.Server, known.Client) : places, within);
        output.Add(row with { Connection = _number });
    }
}
