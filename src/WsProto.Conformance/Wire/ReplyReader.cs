// Reads what the peer sends, as strictly as the RFC allows, and without the code that is judged. A server must not mask and a client must
// (RFC 6455 §5.1);
// lengths are minimal (§5.2); control frames are short and whole (§5.5); fragments belong together (§5.4); text is UTF-8 (§8.1).

using System;
using System.Buffers;
using System.Buffers.Binary;
using System.IO;
using System.Net.Sockets;
using System.Text.Unicode;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Conformance;

/// <param name="stream">What follows the opening handshake.</param>
/// <param name="transcript">Gets what is read.</param>
/// <param name="inflater">For messages with RSV1; null where no compression was agreed on.</param>
/// <param name="peer">Who is judged.</param>
internal sealed class ReplyReader(Stream stream, Transcript transcript, MessageInflater? inflater, PeerRole peer)
{
    /// <summary>That of the largest case.</summary>
    private const int LargestMessage = 16 << 20;

    /// <summary>More than any case has in all: replies are kept until they are judged.</summary>
    private const int LargestTotal = 32 << 20;

    /// <summary>What a reply takes beside its payload.</summary>
    private const int Overhead = 64;

    /// <summary>The room for a payload at first; more is made for what has come, not for what is announced.</summary>
    private const int FirstRoom = 64 << 10;

    private const string TooMuch = "sends more than any case does";
    private const int MaxControlPayload = 125;
    private const int Rsv1 = 0b100;

    private readonly byte[] _key = new byte[peer == PeerRole.Client ? 4 : 0];
    private readonly byte[] _buffer = new byte[64 << 10];
    private readonly ArrayBufferWriter<byte> _fragments = new();
    private int _start;
    private int _end;
    private ReplyKind? _kind;
    private bool _isCompressed;
    private bool _isClosed;
    private int _total;

    /// <summary>Which rule the server broke; null for none.</summary>
    public string? Fault { get; private set; }

    /// <summary>Whether the connection was broken off.</summary>
    public bool WasReset { get; private set; }

    /// <summary>The next reply.</summary>
    /// <returns>Null at the end of the stream, however it came, and after a fault.</returns>
    public async ValueTask<Reply?> ReadAsync(CancellationToken cancellationToken)
    {
        while (Fault is null)
        {
            byte[] head = new byte[2];
            if (!await FillAsync(head, cancellationToken).ConfigureAwait(false))
                return null;
            if (_isClosed)
                return Fail("sends on after its Close");
            if (await ReadLengthAsync(head[1], cancellationToken).ConfigureAwait(false) is not { } length)
                return null;
            if (!await FillAsync(_key, cancellationToken).ConfigureAwait(false)
                || await ReadPayloadAsync(length, cancellationToken).ConfigureAwait(false) is not { } payload)
            {
                return null;
            }

            if (_key.Length > 0)
                Masking.Apply(payload, _key);
            bool isFinal = (head[0] & 0x80) != 0;
            int rsv = (head[0] >> 4) & 7;
            int opcode = head[0] & 0xF;
            Reply? reply = opcode >= SentFrame.OpcodeOfClose
                ? Control(opcode, rsv, isFinal, payload)
                : Data(opcode, rsv, isFinal, payload, cancellationToken);
            if (reply is null)
                continue;
            _total += reply.Payload.Length + Overhead;
            return _total > LargestTotal ? Fail(TooMuch) : reply;
        }

        return null;
    }

    private async ValueTask<byte[]?> ReadPayloadAsync(int length, CancellationToken cancellationToken)
    {
        byte[] payload = new byte[Math.Min(length, FirstRoom)];
        int count = 0;
        while (await FillAsync(payload.AsMemory(count), cancellationToken).ConfigureAwait(false))
        {
            count = payload.Length;
            if (count == length)
                return payload;
            Array.Resize(ref payload, Math.Min(length, count * 2));
        }

        return null;
    }

    private async ValueTask<int?> ReadLengthAsync(byte second, CancellationToken cancellationToken)
    {
        bool isMasked = (second & 0x80) != 0;
        if (isMasked != (peer == PeerRole.Client))
        {
            Fail(isMasked ? "masks a frame" : "does not mask a frame");
            return null;
        }

        int form = second & 0x7F;
        if (form < 126)
            return form;
        byte[] octets = new byte[form == 126 ? 2 : 8];
        if (!await FillAsync(octets, cancellationToken).ConfigureAwait(false))
            return null;
        ulong length = form == 126 ? BinaryPrimitives.ReadUInt16BigEndian(octets) : BinaryPrimitives.ReadUInt64BigEndian(octets);
        if (length < (form == 126 ? 126u : 1u << 16))
            Fail("writes a length in more octets than it needs");
        else if (length > LargestMessage)
            Fail($"announces a frame of {length} octets");
        return Fault is null ? (int)length : null;
    }

    private Reply? Control(int opcode, int rsv, bool isFinal, byte[] payload)
    {
        if (rsv != 0)
            return Fail("sets a reserved bit of a control frame");
        if (!isFinal || payload.Length > MaxControlPayload)
            return Fail("sends a control frame that is fragmented or too long");
        switch (opcode)
        {
            case SentFrame.OpcodeOfPing:
                return new Reply(ReplyKind.Ping, payload);
            case SentFrame.OpcodeOfPong:
                return Reply.Pong(payload);
            case SentFrame.OpcodeOfClose:
                var close = new Reply(ReplyKind.Close, payload);
                bool hasCode = close.Code is (>= 1000 and <= 1014 and not (1004 or 1005 or 1006)) or (>= 3000 and <= 4999);
                if (payload.Length != 0 && (payload.Length == 1 || !hasCode || !Utf8.IsValid(payload.AsSpan(2))))
                    return Fail($"sends a Close that is none: {Convert.ToHexString(payload)}");
                _isClosed = true;
                return close;
            default:
                return Fail($"sends the opcode {opcode}");
        }
    }

    private Reply? Data(int opcode, int rsv, bool isFinal, byte[] payload, CancellationToken cancellationToken)
    {
        if (opcode > SentFrame.OpcodeOfBinary)
            return Fail($"sends the opcode {opcode}");
        bool isFirst = opcode != SentFrame.OpcodeOfContinuation;
        if (isFirst != _kind is null)
            return Fail(isFirst ? "begins a message inside another" : "continues nothing");
        if ((rsv & ~(isFirst && inflater is not null ? Rsv1 : 0)) != 0)
            return Fail("sets a reserved bit");
        if (isFirst)
        {
            _kind = opcode == SentFrame.OpcodeOfText ? ReplyKind.Text : ReplyKind.Binary;
            _isCompressed = rsv != 0;
        }

        if (_fragments.WrittenCount + payload.Length > LargestMessage)
            return Fail(TooMuch);
        if (!isFinal || !isFirst)
            _fragments.Write(payload);
        if (!isFinal)
            return null;
        byte[]? message = isFirst ? payload : _fragments.WrittenSpan.ToArray();
        if (_isCompressed && (message = inflater!.Inflate(message, LargestMessage, cancellationToken)) is null)
            return Fail("compresses wrongly: " + inflater.Fault);
        if (_kind == ReplyKind.Text && !Utf8.IsValid(message))
            return Fail("sends text that is no UTF-8");
        var reply = new Reply(_kind!.Value, message);
        _kind = null;
        _fragments.ResetWrittenCount();
        return reply;
    }

    private Reply? Fail(string fault)
    {
        Fault ??= $"the {(peer == PeerRole.Server ? "server" : "client")} {fault}";
        return null;
    }

    private async ValueTask<bool> FillAsync(Memory<byte> target, CancellationToken cancellationToken)
    {
        while (!target.IsEmpty)
        {
            if (_start == _end)
            {
                _start = 0;
                _end = await ReceiveAsync(cancellationToken).ConfigureAwait(false);
                if (_end == 0)
                    return false;
                transcript.Add(_buffer.AsSpan(0, _end));
            }

            int count = Math.Min(_end - _start, target.Length);
            _buffer.AsSpan(_start, count).CopyTo(target.Span);
            _start += count;
            target = target[count..];
        }

        return true;
    }

    /// <summary>A connection that is broken off ends like any other: what matters is what came before.</summary>
    private async ValueTask<int> ReceiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await stream.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            WasReset = true;
            return 0;
        }
    }
}
