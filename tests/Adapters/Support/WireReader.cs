// A strict reader of one direction of the wire, written from RFC 6455 alone: it shares no code with what it judges.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace WsProto.Adapters.Tests.Support;

internal sealed record WireFrame(int Opcode, bool Fin, byte[] Payload)
{
    internal const int Continuation = 0;
    internal const int Text = 1;
    internal const int Binary = 2;
    internal const int Close = 8;
    internal const int Ping = 9;
    internal const int Pong = 10;

    internal string PayloadText => Encoding.UTF8.GetString(Payload);

    internal int CloseCode => (Payload[0] << 8) | Payload[1];

    /// <summary>The bytes of the frame; masked as a client has to.</summary>
    internal byte[] Encode(bool masked)
    {
        var bytes = new List<byte> { (byte)((Fin ? 0x80 : 0) | Opcode) };
        byte mask = (byte)(masked ? 0x80 : 0);
        if (Payload.Length < 126)
            bytes.Add((byte)(mask | Payload.Length));
        else if (Payload.Length < 65536)
            bytes.AddRange([(byte)(mask | 126), (byte)(Payload.Length >> 8), (byte)Payload.Length]);
        else
            bytes.AddRange(
            [
                (byte)(mask | 127), 0, 0, 0, 0, (byte)(Payload.Length >> 24), (byte)(Payload.Length >> 16), (byte)(Payload.Length >> 8),
                (byte)Payload.Length,
            ]);
        byte[] key = [0x37, 0xFA, 0x21, 0x3D];
        if (masked)
            bytes.AddRange(key);
        bytes.AddRange(masked ? Payload.Select((b, i) => (byte)(b ^ key[i % 4])) : Payload);
        return [.. bytes];
    }
}

/// <param name="fromClient">Whether a client writes: its frames are masked, those of a server are not (§5.1).</param>
internal sealed class WireReader(bool fromClient)
{
    private static readonly UTF8Encoding _strict = new(false, true);
    private readonly List<byte> _rest = [];
    private readonly List<byte> _message = [];
    private int _open;

    /// <summary>What was wrong first; null while nothing is.</summary>
    internal string? Error { get; private set; }

    internal List<WireFrame> Frames { get; } = [];

    /// <summary>The messages that are whole, by opcode and payload.</summary>
    internal List<(int Opcode, byte[] Payload)> Messages { get; } = [];

    internal bool HasClosed { get; private set; }

    /// <summary>How many bytes of a frame that is not whole yet are there.</summary>
    internal int Rest => _rest.Count;

    internal void Feed(ReadOnlyMemory<byte> data)
    {
        _rest.AddRange(data.Span);
        while (Error is null && TryReadFrame() is { } frame)
            Take(frame);
    }

    private WireFrame? TryReadFrame()
    {
        if (_rest.Count < 2)
            return null;
        if ((_rest[0] & 0x70) != 0)
            return Fail("a reserved bit is set");
        if ((_rest[1] & 0x80) != 0 != fromClient)
            return Fail("the mask is missing or should not be there");
        int length = _rest[1] & 0x7F;
        int head = 2;
        if (length >= 126)
        {
            int size = length == 126 ? 2 : 8;
            if (_rest.Count < 2 + size)
                return null;
            long announced = 0;
            for (int i = 0; i < size; i++)
                announced = (announced << 8) | _rest[2 + i];
            if (announced < (size == 2 ? 126 : 65536) || announced > 1 << 28)
                return Fail($"the length {announced} is not written in its shortest form, or is not one that a test sends");
            length = (int)announced;
            head += size;
        }

        int key = head;
        head += fromClient ? 4 : 0;
        if (_rest.Count < head + length)
            return null;
        byte[] payload = [.. _rest.GetRange(head, length)];
        if (fromClient)
        {
            for (int i = 0; i < payload.Length; i++)
                payload[i] ^= _rest[key + (i % 4)];
        }

        var frame = new WireFrame(_rest[0] & 0x0F, (_rest[0] & 0x80) != 0, payload);
        _rest.RemoveRange(0, head + length);
        return frame;
    }

    private void Take(WireFrame frame)
    {
        Frames.Add(frame);
        // "The application MUST NOT send any more data frames after sending a Close frame" (§5.5.1); a Pong is still owed (§5.5.2).
        if (HasClosed && frame.Opcode != WireFrame.Pong)
            Fail($"a frame {frame.Opcode} after the Close");
        switch (frame.Opcode)
        {
            case WireFrame.Continuation when _open == 0:
                Fail("a continuation of nothing");
                break;
            case WireFrame.Text or WireFrame.Binary when _open != 0:
                Fail("a new message inside another");
                break;
            case WireFrame.Continuation:
                TakeData(frame);
                break;
            case WireFrame.Text or WireFrame.Binary:
                _open = frame.Opcode;
                TakeData(frame);
                break;
            case WireFrame.Close or WireFrame.Ping or WireFrame.Pong:
                TakeControl(frame);
                break;
            default:
                Fail($"the opcode {frame.Opcode}");
                break;
        }
    }

    private void TakeControl(WireFrame frame)
    {
        if (!frame.Fin || frame.Payload.Length > 125)
            Fail("a control frame that is cut or too long");
        if (frame.Opcode != WireFrame.Close)
            return;
        HasClosed = true;
        if (frame.Payload.Length == 1 || (frame.Payload.Length > 1 && frame.CloseCode is < 1000 or 1004 or 1005 or 1006 or > 4999))
            Fail("a Close without a code that may be sent");
    }

    private void TakeData(WireFrame frame)
    {
        _message.AddRange(frame.Payload);
        if (!frame.Fin)
            return;
        byte[] payload = [.. _message];
        if (_open == WireFrame.Text)
        {
            try
            {
                _strict.GetCharCount(payload);
            }
            catch (DecoderFallbackException)
            {
                Fail("text that is not UTF-8");
            }
        }

        Messages.Add((_open, payload));
        _message.Clear();
        _open = 0;
    }

    private WireFrame? Fail(string error)
    {
        Error ??= $"frame {Frames.Count}: {error}";
        return null;
    }
}
