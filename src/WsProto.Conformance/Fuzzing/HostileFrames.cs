// What a client may do: messages as they should be, whole and in fragments with control frames between; and each rule of RFC 6455 §5 to
// §8 broken in some way.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using static WsProto.Conformance.SentFrame;

namespace WsProto.Conformance;

/// <param name="random">What is drawn from.</param>
/// <param name="isCompressed">Whether permessage-deflate was agreed on.</param>
internal sealed class HostileFrames(HostileRandom random, bool isCompressed)
{
    private const int Rsv1 = 0b100;

    private static readonly int[] _sizes = [0, 1, 2, 5, 20, 124, 125, 126, 127, 300, 1000, 4096];

    private static readonly string[] _texts =
        ["", "a", "Hello", "κόσμε", "\u0000\u007f", "\uFFFD\uFEFF", "\U0001F600\U0010FFFF", "{\"a\":[1]}"];

    /// <summary>Octets that are no UTF-8: alone, cut, overlong, a surrogate, beyond the last character.</summary>
    private static readonly byte[][] _noText =
    [
        [0x80], [0xFF], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xC0, 0xAF], [0xE0, 0x80, 0xAF], [0xED, 0xA0, 0x80],
        [0xF4, 0x90, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80],
    ];

    private static readonly int[] _codes = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999];

    private static readonly int[] _noCodes = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535];

    private static readonly ulong[] _lengths =
        [0, 1, 126, 1 << 16, int.MaxValue, 1UL << 31, 1UL << 32, 1UL << 40, long.MaxValue, 1UL << 63, ulong.MaxValue];

    /// <summary>A message, a Ping or a Pong that break no rule.</summary>
    public IEnumerable<HostileFrame> Good() => random.Below(8) switch
    {
        0 => [new HostileFrame(Ping(Payload(125)))],
        1 => [new HostileFrame(new SentFrame(OpcodeOfPong, Payload(125)))],
        2 or 3 => Fragmented(),
        4 when isCompressed => [new HostileFrame(Compressed())],
        5 => [new HostileFrame(Binary(Payload(int.MaxValue)))],
        _ => [new HostileFrame(Text(random.One(_texts) + new string('x', random.OnceIn(2) ? 0 : random.One(_sizes))))],
    };

    /// <summary>A Close that is right.</summary>
    public HostileFrame LastGood() => new(random.Below(4) switch
    {
        0 => Close([]),
        1 => Close(random.One(_codes), random.One(_texts)),
        _ => Close(random.One(_codes)),
    });

    /// <summary>Frames that break a rule.</summary>
    public IEnumerable<HostileFrame> Bad() => random.Below(14) switch
    {
        0 => [new HostileFrame(new SentFrame(random.One([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), Payload(125)))],
        1 => [new HostileFrame(Any() with { Rsv = 1 + random.Below(7) })],
        2 => [new HostileFrame(Any(), IsMasked: false)],
        3 => [new HostileFrame(Any(), Form: random.One([2, 8]))],
        4 => [new HostileFrame(Any(), Announced: random.One(_lengths))],
        5 => [new HostileFrame(Control() with { Fin = false })],
        6 => [new HostileFrame(Control() with { Payload = new byte[126 + random.Below(200)] })],
        7 => [new HostileFrame(Next("more", random.OnceIn(2)))],
        8 => [new HostileFrame(Text("begun", fin: false)), new HostileFrame(Text("another"))],
        9 => NoText(),
        10 => [new HostileFrame(Close([(byte)random.Below(256)]))],
        11 => [new HostileFrame(Close(random.One(_noCodes), random.One(_texts)))],
        12 => [new HostileFrame(Close([0x03, 0xE8, .. random.One(_noText)]))],
        _ => [new HostileFrame(Text(random.Octets(8), rsv: Rsv1))],
    };

    /// <summary>Octets that may be anything.</summary>
    public byte[] Noise() => random.Octets(1 + random.Below(40));

    private SentFrame Any() => random.OnceIn(3) ? Control() : Text(random.One(_texts));

    private SentFrame Control() => random.Below(3) switch
    {
        0 => Ping(Payload(125)),
        1 => new SentFrame(OpcodeOfPong, Payload(125)),
        _ => Close(),
    };

    private byte[] Payload(int most) => random.Octets(Math.Min(most, random.One(_sizes)));

    private IEnumerable<HostileFrame> Fragmented()
    {
        byte[] payload = Encoding.UTF8.GetBytes(string.Concat(random.One(_texts), random.One(_texts)));
        bool isText = !random.OnceIn(3);
        SentFrame[] frames = Split(isText ? OpcodeOfText : OpcodeOfBinary, payload, 1 + random.Below(4));
        foreach (SentFrame frame in frames)
        {
            yield return new HostileFrame(frame);
            if (!frame.Fin && random.OnceIn(2))
                yield return new HostileFrame(Ping(Payload(20)));
        }
    }

    private IEnumerable<HostileFrame> NoText()
    {
        byte[] payload = [.. Encoding.UTF8.GetBytes(random.One(_texts)), .. random.One(_noText)];
        return Split(OpcodeOfText, payload, random.OnceIn(2) ? int.MaxValue : 1 + random.Below(3)).Select(frame => new HostileFrame(frame));
    }

    /// <summary>A message in a block that is stored as it is (RFC 1951 §3.2.4), which is the same wherever it is made.</summary>
    private SentFrame Compressed()
    {
        byte[] text = Encoding.UTF8.GetBytes(random.One(_texts));
        byte low = (byte)text.Length;
        byte[] stored = [0, low, 0, (byte)~low, 0xFF, .. text, 0];
        return Text(random.OnceIn(4) ? [.. stored[..^1].Select(octet => (byte)(octet ^ random.Below(4)))] : stored, rsv: Rsv1);
    }
}
