// What a server can do wrong, or do in a way that few do: for people who test their clients, and to see that a judge finds it. Each is a
// change of what a server that does all right would write.

using System;
using System.Collections.Generic;
using System.Linq;

namespace WsProto.Cli.Listen;

/// <summary>A way to misbehave.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="Description">What it is, with the section of the RFC that it breaks.</param>
internal sealed record Misbehaviour(string Name, string Description)
{
    private const int TooLong = 126;

    private static readonly byte[] _key = [0x12, 0x34, 0x56, 0x78];

    /// <summary>Changes a line of the head of the answer.</summary>
    public Func<string, string>? Head { get; private init; }

    /// <summary>Changes a frame: the octets that are sent in its place.</summary>
    public Func<OutgoingFrame, IEnumerable<byte[]>>? Frame { get; private init; }

    /// <summary>Whether each octet goes out in a write of its own.</summary>
    public bool IsByOctets { get; private init; }

    /// <summary>How long each write waits.</summary>
    public TimeSpan Delay { get; private init; }

    /// <summary>Whether the stream is left open for as long as the client wants.</summary>
    public bool LeavesOpen { get; private init; }

    /// <summary>Whether frames are sent back unread, with no rule of the protocol applied.</summary>
    public bool ValidatesNothing { get; private init; }

    /// <summary>Whether the connection is broken off instead of the first frame.</summary>
    public bool CutsAtFirstFrame { get; private init; }

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Misbehaviour> All { get; } =
    [
        new("slow", "every write waits for 100 ms; allowed") { Delay = TimeSpan.FromMilliseconds(100) },
        new("octets", "every octet in a write of its own; allowed") { IsByOctets = true },
        new("fragmented", "every message in fragments of one octet; allowed (§5.4)") { Frame = Fragment },
        new("masked", "frames are masked (§5.1)") { Frame = frame => [frame.Encode(FormOf(frame), _key)] },
        new("long-lengths", "lengths are written in more octets than they need (§5.2)") { Frame = frame => [frame.Encode(8, null)] },
        Data("reserved-bit", "data frames have RSV2 (§5.2)", frame => Or(frame, 0x20)),
        Data("reserved-opcode", "data frames have the opcode 3 (§5.2)", frame => WithOpcode(frame, 3)),
        Data("bad-utf8", "text ends in an octet that is no UTF-8 (§8.1)", Corrupt),
        Data("altered", "the last octet of each message is another", Alter),
        new("no-pong", "Pings are not answered (§5.5.2)") { Frame = frame => Without(OutgoingFrame.Pong, frame) },
        Only(OutgoingFrame.Pong, "wrong-pong", "Pongs have another payload than the Ping (§5.5.3)",
            frame => frame with { Payload = [0x3F] }),
        Control("fragmented-control", "control frames have no FIN (§5.5)", frame => frame with { First = (byte)(frame.First & 0x7F) }),
        Control("long-control", "control frames have 126 octets (§5.5)", Lengthen),
        Only(OutgoingFrame.Close, "wrong-close-code", "every Close has the code 4999", frame => frame with { Payload = [0x13, 0x87] }),
        Only(OutgoingFrame.Close, "close-1006", "every Close has the code 1006, which is never sent (§7.4.1)",
            frame => frame with { Payload = [0x03, 0xEE] }),
        new("no-close", "the connection ends without a Close (§5.5.1)") { Frame = frame => Without(OutgoingFrame.Close, frame) },
        new("never-closes", "no Close, and the connection stays open (§7.1.1)")
        {
            Frame = frame => Without(OutgoingFrame.Close, frame),
            LeavesOpen = true,
        },
        new("cut", "the connection is broken off where the first frame should come") { CutsAtFirstFrame = true },
        new("validates-nothing", "frames are sent back as they came, right or wrong") { ValidatesNothing = true },
        new("wrong-accept", "Sec-WebSocket-Accept answers another key (§4.2.2)")
        {
            Head = line => Field(line, "Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        },
        new("unasked-extension", "an extension is agreed to that nobody offered (§9.1)")
        {
            Head = line => After(line, "Upgrade:", "Sec-WebSocket-Extensions: x-unasked"),
        },
        Data("deflate-corrupt", "compressed messages begin with a block that does not exist (RFC 7692 §7.2.2)", Spoil),
        Data("deflate-no-bit", "compressed messages do not say so (RFC 7692 §6.1)",
            frame => frame with { First = (byte)(frame.First & ~0x40) }),
        Control("deflate-bit-on-control", "control frames have RSV1 (RFC 7692 §6.1)", frame => Or(frame, 0x40)),
    ];

    private static Misbehaviour Data(string name, string description, Func<OutgoingFrame, OutgoingFrame> change) =>
        new(name, description) { Frame = frame => [(frame.IsControl ? frame : change(frame)).Encode()] };

    private static Misbehaviour Control(string name, string description, Func<OutgoingFrame, OutgoingFrame> change) =>
        new(name, description) { Frame = frame => [(frame.IsControl ? change(frame) : frame).Encode()] };

    private static Misbehaviour Only(int opcode, string name, string description, Func<OutgoingFrame, OutgoingFrame> change) =>
        new(name, description) { Frame = frame => [(frame.Opcode == opcode ? change(frame) : frame).Encode()] };

    private static IEnumerable<byte[]> Without(int opcode, OutgoingFrame frame) => frame.Opcode == opcode ? [] : [frame.Encode()];

    private static int FormOf(OutgoingFrame frame) => frame.Payload.Length < 126 ? 0 : frame.Payload.Length <= ushort.MaxValue ? 2 : 8;

    private static OutgoingFrame Or(OutgoingFrame frame, int bits) => frame with { First = (byte)(frame.First | bits) };

    private static OutgoingFrame WithOpcode(OutgoingFrame frame, int opcode) =>
        frame with { First = (byte)((frame.First & 0xF0) | opcode) };

    private static IEnumerable<byte[]> Fragment(OutgoingFrame frame)
    {
        if (frame.IsControl || frame.Payload.Length < 2)
            return [frame.Encode()];
        int last = frame.Payload.Length - 1;
        return frame.Payload.Select((octet, i) =>
            new OutgoingFrame((byte)((i == 0 ? frame.First & 0x7F : 0) | (i == last ? frame.First & 0x80 : 0)), [octet]).Encode());
    }

    private static OutgoingFrame Corrupt(OutgoingFrame frame) =>
        frame.Opcode == OutgoingFrame.Text && !frame.IsCompressed ? frame with { Payload = [.. frame.Payload.SkipLast(1), 0xFF] } : frame;

    private static OutgoingFrame Alter(OutgoingFrame frame) =>
        frame.IsCompressed || frame.Payload.Length == 0
            ? frame
            : frame with { Payload = [.. frame.Payload.SkipLast(1), (byte)(frame.Payload[^1] ^ 1)] };

    /// <summary>The first block of the stream gets the type that does not exist (RFC 1951 §3.2.3).</summary>
    private static OutgoingFrame Spoil(OutgoingFrame frame) =>
        frame.IsCompressed && frame.Payload.Length > 0
            ? frame with { Payload = [(byte)(frame.Payload[0] | 0b110), .. frame.Payload.Skip(1)] }
            : frame;

    private static OutgoingFrame Lengthen(OutgoingFrame frame) =>
        frame with { Payload = [.. frame.Payload, .. new byte[TooLong - frame.Payload.Length]] };

    private static string Field(string line, string name, string value) =>
        line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase) ? $"{name}: {value}" : line;

    private static string After(string line, string start, string more) =>
        line.StartsWith(start, StringComparison.OrdinalIgnoreCase) ? $"{line}\r\n{more}" : line;
}
