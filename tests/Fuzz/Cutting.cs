// One byte says how a stream arrives: whole, in pieces of one size, or of sizes and by ways that change from piece to piece.

using System.Buffers;
using WsProto.Tests;

namespace WsProto.Fuzz;

internal static class Cutting
{
    private static readonly int[] _sizes = [1, 2, 3, 7, 64, 1000, 4096];

    /// <summary>Cuts that between them have every way and very different sizes.</summary>
    public static readonly byte[] Spread = [1, 2, 4, 8, 9, 11, 15, 16, 18, 22, 63, 200, 255];

    public static void Feed(WsConnection connection, byte cut, byte[] bytes, Action afterPiece)
    {
        if (cut == 0)
        {
            connection.Receive(bytes);
            afterPiece();
            return;
        }

        uint state = cut;
        for (int at = 0; at < bytes.Length;)
        {
            int size;
            int way;
            if (cut < 1 + (_sizes.Length * 3))
            {
                size = _sizes[(cut - 1) % _sizes.Length];
                way = (cut - 1) / _sizes.Length;
            }
            else
            {
                state = (state * 1664525) + 1013904223;
                size = 1 + (int)((state >> 16) % (1u << (1 + ((cut >> 2) % 12))));
                way = (int)((state >> 8) % 3);
            }

            size = Math.Min(size, bytes.Length - at);
            Give(connection, bytes[at..(at + size)], way);
            at += size;
            afterPiece();
        }
    }

    private static void Give(WsConnection connection, byte[] piece, int way)
    {
        switch (way)
        {
            case 0:
                connection.Receive(piece);
                break;
            case 1:
                connection.Receive(Segment.Sequence(piece, Math.Max(1, piece.Length / 3)));
                break;
            default:
                // An empty span is no end of the stream.
                connection.Receive(ReadOnlySpan<byte>.Empty);
                piece.CopyTo(connection.ReceiveBuffer.GetSpan(piece.Length));
                connection.ReceiveBuffer.Advance(piece.Length);
                break;
        }
    }
}
