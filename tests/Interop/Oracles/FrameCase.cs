// An open connection, what its peer sends and what it sends itself, plain and compressed.

using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using WsProto.Extensions;

namespace WsProto.Tests.Oracles;

/// <param name="Role">Of the end that is looked at.</param>
/// <param name="Deflate">What was agreed on, if messages may be compressed.</param>
/// <param name="Moves">What happens.</param>
internal sealed record FrameCase(ConnectionRole Role, DeflateParameters? Deflate, params Move[] Moves)
{
    private static readonly byte[] _random = [0x37, 0xFA, 0x21, 0x3D];

    public static readonly Gen<DeflateParameters?> Parameters =
        from serverForgets in Gen.Elements(true, false)
        from clientForgets in Gen.Elements(true, false)
        from server in Gen.Choose(9, 15)
        from client in Gen.Choose(9, 15)
        select new DeflateParameters
        {
            ServerNoContextTakeover = serverForgets,
            ClientNoContextTakeover = clientForgets,
            ServerMaxWindowBits = server,
            ClientMaxWindowBits = client,
        };

    private static readonly Gen<FrameCase> _any =
        from role in Gen.Elements(ConnectionRole.Client, ConnectionRole.Server)
        from deflate in Gen.OneOf(Gen.Constant<DeflateParameters?>(null), Parameters)
        from stream in WireStream.Any
        from talk in deflate is null ? Gen.Constant(new Talk([])) : Talk.Any
        from controls in Gen.Elements(true, false, false)
        from cutting in Cutting.Any
        from sends in Gen.Choose(0, 6).SelectMany(count => Move.Sends.ArrayOf(count))
        from places in Gen.Choose(0, 1000).ArrayOf(6)
        from end in Gen.Elements(true, false)
        select Mix(
            role,
            deflate,
            [.. deflate is null ? [] : Compressed(role, deflate, controls ? talk : TwiceWithoutControls(talk)), .. stream.BytesFor(role)],
            cutting,
            sends,
            places,
            end);

    public static Arbitrary<FrameCase> Arbitrary => Arb.From(_any, c => Move.Shrink(c.Moves).Select(moves => c with { Moves = moves }));

    /// <summary>
    /// The frames that were received up to a move, the last of them perhaps in part: first octet, payload if all of it is there.
    /// </summary>
    public List<(Opcode Opcode, bool Fin, int Rsv, long Length, byte[]? Payload)> FramesBy(int move)
    {
        byte[] bytes = [.. Moves[..(move + 1)].SelectMany(m => m.Received ?? [])];
        var frames = new List<(Opcode, bool, int, long, byte[]?)>();
        for (long at = 0; at < bytes.Length;)
        {
            byte[] header = [.. bytes[(int)at..].Take(14), .. new byte[14]];
            int field = header[1] & 0x7F;
            int lengthBytes = field switch { 126 => 2, 127 => 8, _ => 0 };
            long length = field switch
            {
                126 => BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(2)),
                127 => BinaryPrimitives.ReadInt64BigEndian(header.AsSpan(2)),
                _ => field,
            };
            int keyBytes = header[1] >> 7 == 1 ? 4 : 0;
            long start = at + 2 + lengthBytes + keyBytes;
            bool isWhole = length >= 0 && length <= bytes.Length - start;
            byte[] key = keyBytes == 0 ? new byte[4] : header[(2 + lengthBytes)..(6 + lengthBytes)];
            byte[]? payload = isWhole ? Wire.Mask(bytes[(int)start..(int)(start + length)], key) : null;
            frames.Add(((Opcode)(header[0] & 15), header[0] >> 7 == 1, (header[0] >> 4) & 7, length, payload));
            at = isWhole ? start + length : long.MaxValue;
        }

        return frames;
    }

    public List<Outcome> PlayHere()
    {
        var options = new WsConnectionOptions { MessageDelivery = MessageDelivery.Chunks, Random = Rand.Fixed(_random) };
        using WsConnection connection = Open(Role, Deflate, options);
        return Readable(Move.Play(connection, Moves, ToItem));
    }

    public List<Outcome> PlayThere(OracleProcess wsproto) => Readable(Move.PlayThere(wsproto, Role, isOpen: true, _random, Deflate, Moves));

    public override string ToString() => $"{Role} {Deflate}\n{string.Join("\n", Moves.AsEnumerable())}";

    private static WsConnection Open(ConnectionRole role, DeflateParameters? deflate, WsConnectionOptions? options = null) =>
        WsConnection.Established(role, deflate is null ? [] : [Codec(role, deflate)], options);

    private static DeflateCodec Codec(ConnectionRole role, DeflateParameters deflate) =>
        new(new PerMessageDeflate { MinCompressedSize = 0 }, role, deflate, new ExtensionElement("permessage-deflate"));

    /// <summary>Without Pings and Pongs; and all twice, so that a history is of use.</summary>
    private static Talk TwiceWithoutControls(Talk talk) =>
        new([.. talk.Messages.Concat(talk.Messages).Select(message => message with { Controls = [] })]);

    /// <summary>What a peer of this library sends.</summary>
    public static byte[] Compressed(ConnectionRole receiver, DeflateParameters deflate, Talk talk)
    {
        using WsConnection peer = Open(receiver == ConnectionRole.Client ? ConnectionRole.Server : ConnectionRole.Client, deflate);
        return [.. talk.Sent().SelectMany(e => peer.Send(e))];
    }

    private static FrameCase Mix(
        ConnectionRole role, DeflateParameters? deflate, byte[] input, Cutting cutting, Move[] sends, int[] places, bool end)
    {
        List<Move> moves = [.. Move.Cut(input, cutting), .. end ? [Move.End] : Array.Empty<Move>()];
        for (int i = 0; i < sends.Length; i++)
            moves.Insert(places[i] % (moves.Count + 1), sends[i]);
        return new FrameCase(role, deflate, [.. moves]);
    }

    public static Item ToItem(WsEvent e) => e switch
    {
        TextMessage text => new Item("text", Hex(Encoding.UTF8.GetBytes(text.Data)), text.FrameFinished, text.MessageFinished),
        BytesMessage bytes => new Item("bytes", Hex(bytes.Data.Span), bytes.FrameFinished, bytes.MessageFinished),
        Ping ping => new Item("ping", Hex(ping.Payload.Span)),
        Pong pong => new Item("pong", Hex(pong.Payload.Span)),
        CloseConnection { Error: not null } failed => new Item("failed", $"{(int)failed.Code}"),
        CloseConnection { Code: CloseCode.AbnormalClosure } => new Item("lost"),
        CloseConnection close =>
            new Item("close", string.IsNullOrEmpty(close.Reason) ? $"{(int)close.Code}" : $"{(int)close.Code} {close.Reason}"),
        _ => throw new ArgumentOutOfRangeException(nameof(e)),
    };

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    /// <summary>Compressed data is compared by what it says: two compressors need not agree, nor on what is worth it.</summary>
    private List<Outcome> Readable(List<Outcome> outcomes)
    {
        if (Deflate is null)
            return outcomes;
        bool forgets = Role == ConnectionRole.Client ? Deflate.ClientNoContextTakeover : Deflate.ServerNoContextTakeover;
        var (history, message, isCompressed) = (new List<byte>(), new List<byte>(), false);
        return
        [
            .. outcomes.Select(outcome => outcome with { Sent = outcome.Sent is { Kind: "wrote" } wrote ? Inflate(wrote) : outcome.Sent }),
        ];

        Item Inflate(Item wrote)
        {
            WireFrame frame = Assert.Single(WireFrame.Parse(Convert.FromHexString(wrote.Data), Role)!);
            if (frame.Opcode.IsControl)
                return wrote;
            isCompressed = frame.Opcode == Opcode.Continuation ? isCompressed : frame.Rsv == 4;
            message.AddRange(frame.Payload);
            if (!frame.Fin)
                return new Item($"{frame.Opcode}…");
            byte[] payload = [.. message];
            message.Clear();
            return new Item($"{frame.Opcode}", Hex(isCompressed ? Inflated(history, payload, forgets) : payload));
        }
    }

    /// <summary>Inflates a message by doing all messages before it again.</summary>
    private static byte[] Inflated(List<byte> history, byte[] payload, bool forgets)
    {
        int before = Inflated(history).Length;
        history.AddRange([.. payload, 0, 0, 0xFF, 0xFF]);
        byte[] inflated = Inflated(history)[before..];
        if (forgets)
            history.Clear();
        return inflated;
    }

    private static byte[] Inflated(List<byte> compressed)
    {
        using var inflater = new DeflateStream(new MemoryStream([.. compressed, 1, 0, 0, 0xFF, 0xFF]), CompressionMode.Decompress);
        var output = new MemoryStream();
        inflater.CopyTo(output);
        return output.ToArray();
    }
}
