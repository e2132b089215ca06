using System.Buffers;
using System.Buffers.Binary;
using Xunit;

namespace WsProto.Interop.Tests;

/// <summary>What went over the wire in one direction, cut into frames without the help of the core (RFC 6455 §5.2).</summary>
internal sealed class Wire
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>All frames since the opening handshake.</summary>
    public IReadOnlyList<WireFrame> Frames
    {
        get
        {
            List<WireFrame> frames = [];
            ReadOnlySpan<byte> rest = _bytes.WrittenSpan;
            rest = rest[(rest.IndexOf("\r\n\r\n"u8) + 4)..];
            while (!rest.IsEmpty)
            {
                (int header, int payload) = (rest[1] & 0x7F) switch
                {
                    126 => (4, BinaryPrimitives.ReadUInt16BigEndian(rest[2..])),
                    127 => (10, (int)BinaryPrimitives.ReadUInt64BigEndian(rest[2..])),
                    int length => (2, length),
                };
                int mask = (rest[1] & 0x80) == 0 ? 0 : 4;
                frames.Add(new WireFrame(rest[0], payload));
                rest = rest[(header + mask + payload)..];
            }

            return frames;
        }
    }

    /// <summary>
    /// The messages among the frames. Only the first frame of one may have a reserved bit, which can only be RSV1 (RFC 7692 §6).
    /// </summary>
    public IReadOnlyList<WireMessage> Messages
    {
        get
        {
            List<WireMessage> messages = [];
            foreach (WireFrame frame in Frames)
            {
                bool isFirst = frame.Opcode is WireFrame.Text or WireFrame.Binary;
                Assert.Equal(0, frame.Reserved & ~(isFirst ? WireFrame.Rsv1 : 0));
                if (isFirst)
                    messages.Add(new WireMessage(frame.Opcode == WireFrame.Text ? "text" : "binary", frame.Reserved != 0, frame.Bytes));
                else if (frame.Opcode == WireFrame.Continuation)
                    messages[^1] = messages[^1] with { Bytes = messages[^1].Bytes + frame.Bytes };
            }

            return messages;
        }
    }

    public void Add(ReadOnlySpan<byte> bytes) => _bytes.Write(bytes);
}

/// <param name="Start">The first byte: FIN, the reserved bits and the opcode.</param>
/// <param name="Bytes">The size of the payload.</param>
internal sealed record WireFrame(byte Start, int Bytes)
{
    public const int Continuation = 0x0;
    public const int Text = 0x1;
    public const int Binary = 0x2;
    public const int Close = 0x8;
    public const int Ping = 0x9;
    public const int Pong = 0xA;

    public const int Rsv1 = 0b0100_0000;

    public int Opcode => Start & 0b0000_1111;

    public int Reserved => Start & 0b0111_0000;
}

/// <param name="Bytes">The sizes of the payloads of its frames together.</param>
internal sealed record WireMessage(string Kind, bool IsCompressed, int Bytes);
