using System.Buffers.Binary;
using System.Net;

namespace WsProto.Cli.Tests.Captures;

/// <summary>A TCP connection, packet by packet.</summary>
/// <param name="capture">Gets the packets.</param>
/// <param name="port">The port of the client.</param>
/// <param name="isV6">Whether it is over IPv6.</param>
/// <param name="first">The number of the first SYN.</param>
internal sealed class TcpTalk(CaptureBuilder capture, ushort port = 50_000, bool isV6 = false, uint first = 1000)
{
    private const byte Fin = 1;
    private const byte Syn = 2;
    private const byte Rst = 4;
    private const byte Ack = 16;

    private readonly uint[] _next = [first, first + 77];

    internal void Open()
    {
        Send(0, Syn);
        Send(1, Syn | Ack);
        Send(0, Ack);
    }

    internal void Client(params byte[] octets) => Send(0, Ack, octets);

    internal void Server(params byte[] octets) => Send(1, Ack, octets);

    internal void AcknowledgeByServer() => Send(1, Ack);

    internal void Close()
    {
        Send(0, Fin | Ack);
        Send(1, Fin | Ack);
        Send(0, Ack);
    }

    internal void Reset() => Send(1, Rst);

    private void Send(int side, byte flags, params byte[] octets)
    {
        byte[] tcp = new byte[20 + octets.Length];
        BinaryPrimitives.WriteUInt16BigEndian(tcp, side == 0 ? port : (ushort)9001);
        BinaryPrimitives.WriteUInt16BigEndian(tcp.AsSpan(2), side == 0 ? (ushort)9001 : port);
        BinaryPrimitives.WriteUInt32BigEndian(tcp.AsSpan(4), _next[side]);
        BinaryPrimitives.WriteUInt32BigEndian(tcp.AsSpan(8), _next[1 - side]);
        tcp[12] = 5 << 4;
        tcp[13] = flags;
        octets.CopyTo(tcp, 20);
        _next[side] += (uint)octets.Length + ((flags & (Syn | Fin)) != 0 ? 1u : 0u);
        byte[] here = IPAddress.Parse(isV6 ? "::1" : "127.0.0.1").GetAddressBytes();
        byte[] ip;
        if (isV6)
        {
            // With options for each hop, which have no meaning.
            ip = [0x60, 0, 0, 0, 0, 0, 0, 64, .. here, .. here, 6, 0, 1, 4, 0, 0, 0, 0];
            BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(4), (ushort)(tcp.Length + 8));
        }
        else
        {
            ip = [0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 6, 0, 0, .. here, .. here];
            BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(2), (ushort)(tcp.Length + ip.Length));
        }

        capture.Packets.Add([.. ip, .. tcp]);
    }
}
