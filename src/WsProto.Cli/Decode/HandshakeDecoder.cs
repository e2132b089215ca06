// The opening handshake in the octets of both sides (RFC 6455 §4). The core judges the request as a server and the answer as a client. A
// client of the core has made a key of its own, so the answer to the captured key is replaced by the answer to that one; whether it was
// right is judged all the same.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace WsProto.Cli.Decode;

/// <summary>How far a handshake is.</summary>
internal enum HandshakeState
{
    /// <summary>More has to come.</summary>
    UnderWay,

    /// <summary>It is no handshake of a WebSocket.</summary>
    None,

    /// <summary>The server has refused.</summary>
    Refused,

    /// <summary>The connection is open; frames follow.</summary>
    Open,
}

/// <param name="isOneSided">Whether the octets of the other side will never come.</param>
/// <param name="emit">Takes what was found.</param>
internal sealed class HandshakeDecoder(bool isOneSided, Action<DecodedRow> emit)
{
    /// <summary>Larger heads are no handshake, and what comes early is bounded too.</summary>
    private const int Most = 64 << 10;

    private static readonly WsConnectionOptions _limits = new()
    {
        MaxHandshakeSize = Most,
        MaxHeaderLineSize = Most,
        MaxHeaderCount = 1000,
    };

    private readonly List<byte>[] _octets = [[], []];
    private readonly long[] _ticks = [0, 0];
    private Request? _request;
    private string? _expectedAccept;
    private bool _hasRequest;

    /// <summary>The extensions that were agreed on.</summary>
    public IReadOnlyList<ExtensionElement> Agreed { get; private set; } = [];

    /// <summary>Whether the octets may begin a handshake: with GET, or with HTTP.</summary>
    public static bool MayBegin(Side side, ReadOnlySpan<byte> octets)
    {
        ReadOnlySpan<byte> start = side == Side.Client ? "GET "u8 : "HTTP/1."u8;
        int count = Math.Min(start.Length, octets.Length);
        return count > 0 && start[..count].SequenceEqual(octets[..count]);
    }

    /// <summary>Takes octets of a side.</summary>
    public HandshakeState Add(Side side, ReadOnlySpan<byte> octets, long ticks)
    {
        List<byte> own = _octets[(int)side];
        bool begins = own.Count < 8 && !(side == Side.Client && _hasRequest);
        own.AddRange(octets);
        _ticks[(int)side] = ticks;
        if (begins && !MayBegin(side, [.. own]))
            return HandshakeState.None;
        HandshakeState state = Read();
        if (state == HandshakeState.UnderWay && own.Count > Most)
            return _hasRequest && side == Side.Client ? OpenWithoutAnswer() : HandshakeState.None;
        return state;
    }

    /// <summary>Nothing more comes.</summary>
    public HandshakeState Finish() => _hasRequest ? OpenWithoutAnswer() : ReadResponse(isFinished: true);

    /// <summary>What came of a side behind its head.</summary>
    public (byte[] Octets, long Ticks) RestOf(Side side) => ([.. _octets[(int)side]], _ticks[(int)side]);

    private HandshakeState Read()
    {
        if (!_hasRequest && TakeHead(Side.Client) is { } head)
        {
            if (!ReadRequest(head))
                return HandshakeState.None;
            _hasRequest = true;
            if (isOneSided)
                return OpenWithoutAnswer();
        }

        return ReadResponse(isFinished: isOneSided);
    }

    private bool ReadRequest(byte[] head)
    {
        string text = Encoding.Latin1.GetString(head);
        bool isOurs = text.Contains("sec-websocket", StringComparison.OrdinalIgnoreCase)
            || (text.Contains("upgrade:", StringComparison.OrdinalIgnoreCase)
                && text.Contains("websocket", StringComparison.OrdinalIgnoreCase));
        if (!isOurs)
            return false;
        using var server = new WsConnection(ConnectionRole.Server, _limits);
        server.Receive(head);
        server.ReceiveEndOfStream();
        string line = text.Split('\n')[0].TrimEnd('\r');
        long ticks = _ticks[(int)Side.Client];
        server.TryReadEvent(out WsEvent? e);
        _request = e as Request;
        string offers = _request is null
            ? ""
            : Noted(Named("subprotocols", _request.Subprotocols), Named("extensions", _request.ExtensionOffers));
        emit(new DecodedRow(Side.Client, ticks, "request") { Text = line, Note = offers });
        if (e is HandshakeFailed failed)
            emit(Violation(Side.Client, ticks, failed));
        else if (_request is not null)
            _expectedAccept = AcceptOf(server.Send(new AcceptConnection()));
        return true;
    }

    private HandshakeState ReadResponse(bool isFinished)
    {
        while (EndOfHead(Side.Server) is not null)
        {
            int status = Status();
            if (!_hasRequest && status != 101)
                return HandshakeState.None;
            // A capture may have the answer before the request.
            if (!_hasRequest && !isFinished)
                return HandshakeState.UnderWay;
            byte[] head = TakeHead(Side.Server)!;
            string[] lines = Encoding.Latin1.GetString(head).Split('\n');
            Agreed = status == 101 && ExtensionElement.TryParseList(ValueOf(lines, "Sec-WebSocket-Extensions"), out var extensions)
                ? extensions
                : [];
            string subprotocol = ValueOf(lines, "Sec-WebSocket-Protocol");
            emit(new DecodedRow(Side.Server, _ticks[(int)Side.Server], status is 101 or < 200 ? "response" : "refusal")
            {
                Text = lines[0].TrimEnd('\r'),
                Subprotocol = subprotocol.Length > 0 ? subprotocol : null,
                Note = Noted(Named<string>("subprotocol", subprotocol.Length > 0 ? [subprotocol] : []), Named("extensions", Agreed)),
            });
            if (_hasRequest && _request is not null)
                JudgeResponse(head);
            if (status == 101)
                return HandshakeState.Open;
            if (status is < 100 or >= 200)
                return HandshakeState.Refused;
        }

        return HandshakeState.UnderWay;
    }

    private void JudgeResponse(byte[] head)
    {
        using var client = new WsConnection(ConnectionRole.Client, _limits);
        using var mirror = new WsConnection(ConnectionRole.Server, _limits);
        var templates = _request!.ExtensionOffers.GroupBy(offer => offer.Name, StringComparer.OrdinalIgnoreCase)
            .Select(offers => new ObservedExtension(offers.Key, [.. offers]));
        mirror.Receive(client.Send(new Request("captured", "/") { Subprotocols = _request.Subprotocols, Extensions = [.. templates] }));
        mirror.TryReadEvent(out _);
        string own = AcceptOf(mirror.Send(new AcceptConnection()));
        int place = head.AsSpan().IndexOf(Encoding.ASCII.GetBytes(_expectedAccept!));
        byte[] judged = [.. head];
        if (place >= 0)
            Encoding.ASCII.GetBytes(own, judged.AsSpan(place));
        client.Receive(judged);
        if (client.TryReadEvent(out WsEvent? e) && e is HandshakeFailed failed)
            emit(Violation(Side.Server, _ticks[(int)Side.Server], failed));
    }

    private HandshakeState OpenWithoutAnswer()
    {
        Agreed = _request?.ExtensionOffers.Where(ObservedDeflate.Is).Take(1).ToArray() ?? [];
        string note = Agreed.Count > 0 ? "compression is taken as it was offered" : "";
        emit(new DecodedRow(null, _ticks[(int)Side.Client], "remark") { Text = "the answer of the server is not there", Note = note });
        return HandshakeState.Open;
    }

    /// <summary>The status of the answer; 0 where it has none.</summary>
    private int Status()
    {
        List<byte> octets = _octets[(int)Side.Server];
        string start = Encoding.Latin1.GetString([.. octets.Take(16)]);
        string[] words = start.Split(' ', '\r');
        return words.Length > 1 && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int status) ? status : 0;
    }

    /// <summary>Cuts off the head that the octets of a side begin with.</summary>
    private byte[]? TakeHead(Side side)
    {
        if (EndOfHead(side) is not { } end)
            return null;
        List<byte> octets = _octets[(int)side];
        byte[] head = [.. octets[..end]];
        octets.RemoveRange(0, end);
        return head;
    }

    private int? EndOfHead(Side side)
    {
        List<byte> octets = _octets[(int)side];
        for (int i = 1; i < octets.Count; i++)
        {
            bool isEnd = octets[i] == '\n' && (octets[i - 1] == '\n' || (i > 1 && octets[i - 1] == '\r' && octets[i - 2] == '\n'));
            if (isEnd)
                return i + 1;
        }

        return null;
    }

    /// <summary>The values of a field, joined as one (RFC 9110 §5.3).</summary>
    private static string ValueOf(string[] lines, string field) => string.Join(", ", lines
        .Where(line => line.StartsWith(field + ":", StringComparison.OrdinalIgnoreCase))
        .Select(line => line[(field.Length + 1)..].Trim()));

    private static string AcceptOf(byte[] response)
    {
        const string Field = "Sec-WebSocket-Accept: ";
        string text = Encoding.ASCII.GetString(response);
        int start = text.IndexOf(Field, StringComparison.Ordinal) + Field.Length;
        return text[start..text.IndexOf('\r', start)];
    }

    private static DecodedRow Violation(Side side, long ticks, HandshakeFailed failed) =>
        new(side, ticks, "violation") { Text = $"{failed.Message} ({RuleSections.Of(failed.Error)})" };

    private static string Noted(params string[] notes) => string.Join("; ", notes.Where(note => note.Length > 0));

    private static string Named<T>(string name, IReadOnlyList<T> values) =>
        values.Count == 0 ? "" : $"{name} {string.Join(", ", values)}";
}
