// Writes what passes as a capture of packets, so that every tool can read it: pcap with IP packets (LINKTYPE_RAW) that nobody has sent. TLS
// is not in it.

using System;
using System.Buffers.Binary;
using System.IO;
using System.Threading;

namespace WsProto.Cli.Captures;

internal sealed class CaptureWriter : IDisposable
{
    private const int LargestPayload = 32 << 10;
    private const int HeadOfRecord = 16;

    private readonly Stream _stream;
    private readonly Action<string>? _onFailure;
    private readonly Lock _lock = new();
    private long _written;
    private bool _hasEnded;

    /// <summary>Begins a capture.</summary>
    /// <param name="stream">Gets it, without a buffer of its own; it ends with the writer.</param>
    /// <param name="onFailure">Is told once, with the reason, when nothing more can be written; null for nobody.</param>
    /// <exception cref="IOException">Not even the head can be written.</exception>
    public CaptureWriter(Stream stream, Action<string>? onFailure = null)
    {
        _stream = stream;
        _onFailure = onFailure;
        Span<byte> head = stackalloc byte[24];
        BinaryPrimitives.WriteUInt32LittleEndian(head, 0xA1B23C4D);
        BinaryPrimitives.WriteUInt16LittleEndian(head[4..], 2);
        BinaryPrimitives.WriteUInt16LittleEndian(head[6..], 4);
        head[8..16].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(head[16..], 1 << 18);
        BinaryPrimitives.WriteUInt32LittleEndian(head[20..], PacketParser.LinkRaw);
        stream.Write(head);
        stream.Flush();
        _written = head.Length;
    }

    /// <summary>
    /// Whether something could not be written, as on a full disk. What was written before is whole, and nothing more comes.
    /// </summary>
    public bool HasFailed { get; private set; }

    /// <summary>Begins a connection.</summary>
    public Connection Open(TcpPlace client, TcpPlace server, long ticks)
    {
        var connection = new Connection(this, client, server);
        connection.Write(0, TcpSegment.Syn, [], ticks);
        connection.Write(1, TcpSegment.Syn | TcpSegment.Ack, [], ticks);
        connection.Write(0, TcpSegment.Ack, [], ticks);
        return connection;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _hasEnded = true;
            try
            {
                _stream.Dispose();
            }
            catch (IOException e)
            {
                Fail(e.Message);
            }
        }
    }

    /// <summary>Writes a record.</summary>
    /// <param name="record">The packet, and before it the room for the head of the record.</param>
    /// <param name="ticks">When it passed.</param>
    private void Write(Span<byte> record, long ticks)
    {
        Span<byte> head = record[..HeadOfRecord];
        long since = ticks - DateTime.UnixEpoch.Ticks;
        BinaryPrimitives.WriteUInt32LittleEndian(head, (uint)(since / TimeSpan.TicksPerSecond));
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], (uint)(since % TimeSpan.TicksPerSecond) * 100);
        BinaryPrimitives.WriteInt32LittleEndian(head[8..], record.Length - HeadOfRecord);
        BinaryPrimitives.WriteInt32LittleEndian(head[12..], record.Length - HeadOfRecord);
        lock (_lock)
        {
            if (_hasEnded)
                return;
            try
            {
                _stream.Write(record);
                _stream.Flush();
                _written += record.Length;
            }
            catch (IOException e)
            {
                Fail(e.Message);
                CutOff();
            }
        }
    }

    private void Fail(string reason)
    {
        _hasEnded = true;
        if (HasFailed)
            return;
        HasFailed = true;
        _onFailure?.Invoke(reason);
    }

    /// <summary>Takes a record away of which a part was written.</summary>
    private void CutOff()
    {
        try
        {
            if (_stream.CanSeek)
                _stream.SetLength(_written);
        }
        catch (IOException)
        {
            // Readers see that the last record is cut.
        }
    }

    /// <summary>One connection of the capture.</summary>
    internal sealed class Connection(CaptureWriter writer, TcpPlace client, TcpPlace server)
    {
        private readonly uint[] _next = [1, 1];
        private readonly Lock _lock = new();

        /// <summary>Octets of a side: 0 is the client.</summary>
        public void Octets(int side, ReadOnlySpan<byte> octets, long ticks)
        {
            while (!octets.IsEmpty)
            {
                int count = Math.Min(octets.Length, LargestPayload);
                Write(side, TcpSegment.Ack | TcpSegment.Push, octets[..count], ticks);
                octets = octets[count..];
            }
        }

        /// <summary>The side sends no more, or has broken the connection off.</summary>
        public void End(int side, bool isReset, long ticks) =>
            Write(side, (byte)((isReset ? TcpSegment.Rst : TcpSegment.Fin) | TcpSegment.Ack), [], ticks);

        internal void Write(int side, byte flags, ReadOnlySpan<byte> payload, long ticks)
        {
            (TcpPlace from, TcpPlace to) = side == 0 ? (client, server) : (server, client);
            int head = from.IsV6 ? 40 : 20;
            byte[] record = new byte[HeadOfRecord + head + 20 + payload.Length];
            Span<byte> packet = record.AsSpan(HeadOfRecord);
            WriteIP(packet, from, to, 20 + payload.Length);
            Span<byte> tcp = packet[head..];
            BinaryPrimitives.WriteUInt16BigEndian(tcp, from.Port);
            BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], to.Port);
            tcp[12] = 5 << 4;
            tcp[13] = flags;
            BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], ushort.MaxValue);
            payload.CopyTo(tcp[20..]);
            lock (_lock)
            {
                BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], _next[side]);
                if ((flags & TcpSegment.Ack) != 0)
                    BinaryPrimitives.WriteUInt32BigEndian(tcp[8..], _next[1 - side]);
                _next[side] += (uint)payload.Length + ((flags & (TcpSegment.Syn | TcpSegment.Fin)) != 0 ? 1u : 0u);
                writer.Write(record, ticks);
            }
        }

        private static void WriteIP(Span<byte> packet, TcpPlace from, TcpPlace to, int length)
        {
            if (from.IsV6)
            {
                packet[0] = 0x60;
                BinaryPrimitives.WriteUInt16BigEndian(packet[4..], (ushort)length);
                packet[6] = 6;
                packet[7] = 64;
                from.ToBytes().CopyTo(packet[8..]);
                to.ToBytes().CopyTo(packet[24..]);
                return;
            }

            packet[0] = 0x45;
            BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)(length + 20));
            packet[6] = 0x40;
            packet[8] = 64;
            packet[9] = 6;
            from.ToBytes().CopyTo(packet[12..]);
            to.ToBytes().CopyTo(packet[16..]);
        }
    }
}
