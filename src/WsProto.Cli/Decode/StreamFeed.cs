using System;
using System.Collections.Generic;

namespace WsProto.Cli.Decode;

/// <summary>Octets of a connection without packets around them. They begin with a handshake, or with a frame.</summary>
/// <param name="output">Takes what was found.</param>
/// <param name="settings">What the command line asks for.</param>
/// <param name="isOneSided">Whether all are of one side.</param>
internal sealed class StreamFeed(DecodeOutput output, DecodeSettings settings, bool isOneSided) : IDisposable
{
    private const int Decisive = 8;

    private readonly ConnectionDecoder _connection = new(output, settings, places: null, isWhole: true, isOneSided);
    private readonly List<byte> _start = [];
    private Side? _sender = settings.Sender;
    private bool _hasBegun;

    /// <summary>Takes octets.</summary>
    /// <param name="sender">Who has sent them; null where that is to be found out.</param>
    /// <param name="octets">The octets.</param>
    public void Add(Side? sender, ReadOnlySpan<byte> octets)
    {
        if (sender is not null)
        {
            // With both sides, a handshake begins with the client.
            if (!_hasBegun && !octets.IsEmpty)
                Begin(HasHandshake(sender.Value, octets));
            _connection.Octets((int)sender, octets, 0);
            return;
        }

        if (_hasBegun)
        {
            _connection.Octets((int)_sender!, octets, 0);
            return;
        }

        _start.AddRange(octets);
        if (_start.Count >= Decisive)
            BeginWithStart();
    }

    /// <summary>Nothing more comes.</summary>
    public void Dispose()
    {
        if (!_hasBegun && _start.Count > 0)
            BeginWithStart();
        _connection.Dispose();
    }

    private void BeginWithStart()
    {
        byte[] start = [.. _start];
        bool isRequest = HandshakeDecoder.MayBegin(Side.Client, start) || Http2Decoder.MayBegin(Side.Client, start);
        bool isResponse = HandshakeDecoder.MayBegin(Side.Server, start);
        _sender = isRequest ? Side.Client : isResponse ? Side.Server
            : _sender ?? (start.Length > 1 && (start[1] & 0x80) != 0 ? Side.Client : Side.Server);
        Begin(isRequest || isResponse);
        _connection.Octets((int)_sender.Value, start, 0);
    }

    private static bool HasHandshake(Side sender, ReadOnlySpan<byte> octets) =>
        (HandshakeDecoder.MayBegin(sender, octets) && octets.Length >= 4) || Http2Decoder.MayBegin(sender, octets);

    private void Begin(bool hasHandshake)
    {
        _hasBegun = true;
        if (!hasHandshake)
            _connection.BeginWithFrames(settings.HasDeflate ? [ObservedDeflate.Bare] : []);
    }
}
