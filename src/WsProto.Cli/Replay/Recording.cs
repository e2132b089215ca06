// A capture as the messages of its WebSockets: what replay sends and waits for.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using WsProto.Cli.Captures;
using WsProto.Cli.Decode;
using WsProto.Extensions;

namespace WsProto.Cli.Replay;

/// <summary>A message of a recording.</summary>
/// <param name="Sender">Who has sent it.</param>
/// <param name="Ticks">When.</param>
/// <param name="Event">A message, or a Close, which is the last of its side.</param>
internal sealed record RecordedMessage(Side Sender, long Ticks, WsEvent Event);

/// <summary>A WebSocket of a recording, as far as it is there.</summary>
internal sealed class RecordedConnection : ITcpSink, IDisposable
{
    /// <summary>So much of all messages is kept.</summary>
    private const long Most = 512 << 20;

    private static readonly WsConnectionOptions _limits = new() { MaxMessageSize = 64 << 20, MaxFragmentCount = null };

    private readonly HandshakeDecoder _handshake;
    private readonly WsConnection?[] _ends = [null, null];
    private readonly List<RecordedMessage> _messages = [];
    private HandshakeState _state;
    private long _size;

    public RecordedConnection() => _handshake = new HandshakeDecoder(isOneSided: false, row =>
        Subprotocol = row.What == "response" ? row.Subprotocol : Subprotocol);

    /// <summary>Whether it is a WebSocket that was opened.</summary>
    public bool IsOpen => _state == HandshakeState.Open;

    /// <summary>Why it cannot be replayed; null where it can.</summary>
    public string? Fault { get; private set; }

    /// <summary>What was agreed on; null for none.</summary>
    public string? Subprotocol { get; private set; }

    public bool HasDeflate => _handshake.Agreed.Any(ObservedDeflate.Is);

    public IReadOnlyList<RecordedMessage> Messages => _messages;

    /// <summary>Reads the WebSockets of a capture.</summary>
    /// <exception cref="CliException">The file cannot be read, or is none.</exception>
    public static IReadOnlyList<RecordedConnection> Read(string file)
    {
        var connections = new List<RecordedConnection>();
        try
        {
            using FileStream stream = File.OpenRead(file);
            byte[] start = new byte[4];
            int count = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
            if (!CaptureFile.Is(start.AsSpan(0, count)))
                throw new CliException(ExitCode.File, $"{file} is neither pcap nor pcapng.");
            stream.Position = 0;
            var capture = new CaptureFile((_, _, _) =>
            {
                connections.Add(new RecordedConnection());
                return connections[^1];
            });
            capture.Read(stream, PcapngReader.Is(start));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.File, $"{file} cannot be read: {e.Message}");
        }

        return [.. connections.Where(connection => connection.IsOpen)];
    }

    public void Octets(int side, ReadOnlySpan<byte> octets, long ticks)
    {
        if (_state == HandshakeState.Open)
        {
            Take((Side)side, octets, ticks);
            return;
        }

        if (_state != HandshakeState.UnderWay)
            return;
        _state = _handshake.Add((Side)side, octets, ticks);
        if (_state != HandshakeState.Open)
            return;
        foreach (Side one in new[] { Side.Client, Side.Server })
        {
            _ends[(int)one] = EndFor(one);
            (byte[] rest, long at) = _handshake.RestOf(one);
            Take(one, rest, at);
        }
    }

    public void Gap(int side, long count, long ticks) => Fault ??= "octets are missing in it";

    public void End(int side, bool isReset, long ticks)
    {
        // What has not come by now is not in it.
    }

    public void Dispose()
    {
        foreach (WsConnection? end in _ends)
            end?.Dispose();
    }

    private WsConnection? EndFor(Side sender)
    {
        ConnectionRole receiver = sender == Side.Client ? ConnectionRole.Server : ConnectionRole.Client;
        IReadOnlyList<ExtensionElement> agreed = _handshake.Agreed;
        ExtensionCodec? codec = agreed.Count == 1 && ObservedDeflate.Is(agreed[0]) ? ObservedDeflate.CodecOf(sender, agreed[0]) : null;
        if (agreed.Count > 0 && codec is null)
            Fault ??= $"the extension {agreed[0]} is not known here";
        return WsConnection.Established(receiver, codec is null ? [] : [codec], _limits);
    }

    private void Take(Side sender, ReadOnlySpan<byte> octets, long ticks)
    {
        if (Fault is not null)
            return;
        WsConnection end = _ends[(int)sender]!;
        end.Receive(octets);
        while (end.TryReadEvent(out WsEvent? e))
        {
            if (e is CloseConnection { Error: not null } failure)
                Fault ??= $"it breaks the protocol: {failure.Reason}";
            else if (e is Message or CloseConnection)
                _messages.Add(new RecordedMessage(sender, ticks, e));
            _size += e is Message message ? Connect.Payloads.OctetsOf(message).Length : 0;
        }

        if (_size > Most)
            Fault ??= "its messages are too large in all";
    }
}
