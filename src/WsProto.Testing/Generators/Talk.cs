// What one side sends, other than the handshake and the Close: fragmented messages, with Pings and Pongs between and after them.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace WsProto.Testing.Generators;

/// <summary>A message, how it is split into frames, and the control frames between them.</summary>
/// <param name="IsText">Whether it is text. Then the payload is valid UTF-8.</param>
/// <param name="Payload">The whole payload.</param>
/// <param name="Sizes">The sizes of its frames in bytes, except the last one, which has the rest.</param>
/// <param name="Controls">Pings and Pongs: one after each frame while there are frames, the others after the message.</param>
public sealed record Said(bool IsText, byte[] Payload, int[] Sizes, WsEvent[] Controls)
{
    internal int FrameCount => Sizes.Length + 1;

    /// <summary>
    /// The payloads of its frames. Text may be split anywhere, because only the whole message must be UTF-8 (RFC 6455 §5.6).
    /// </summary>
    internal IEnumerable<byte[]> Frames() => Cut(Sizes.Select(size => size));

    /// <summary>The payloads of its frames with whole characters in each, as this library sends them.</summary>
    internal IEnumerable<byte[]> WholeCharacterFrames() => IsText ? Cut(Sizes.Select(size => size), CharacterStart) : Frames();

    /// <summary>Gets the events that send it, one for each frame.</summary>
    public IEnumerable<WsEvent> Sent() => WithControls(WholeCharacterFrames().Select((frame, i) => Message(frame, i == Sizes.Length)));

    /// <summary>Gets the events that a peer with <see cref="MessageDelivery.Whole"/> reads.</summary>
    public IEnumerable<WsEvent> ReadWhole() =>
        WithControls(Enumerable.Repeat<WsEvent?>(null, Sizes.Length).Append(Message(Payload, finished: true)));

    /// <summary>Gets its frames.</summary>
    public IEnumerable<WireFrame> OnWire()
    {
        int i = 0;
        foreach (byte[] payload in Frames())
        {
            Opcode opcode = i > 0 ? Opcode.Continuation : IsText ? Opcode.Text : Opcode.Binary;
            yield return new WireFrame(opcode, payload) { Fin = i == Sizes.Length };
            foreach (WsEvent control in After(i))
                yield return WireFrame.Of(control);
            i++;
        }
    }

    /// <summary>Describes the message, with payloads in hexadecimal.</summary>
    public override string ToString() =>
        $"{(IsText ? "text" : "bytes")} {Bytes.Show(Payload)} in frames of [{string.Join(", ", Sizes)}, rest], "
        + $"with [{string.Join(", ", Controls.Select(c => WireFrame.Of(c)))}]";

    private WsEvent Message(byte[] payload, bool finished) =>
        IsText
            ? new TextMessage(Encoding.UTF8.GetString(payload)) { MessageFinished = finished }
            : new BytesMessage(payload) { MessageFinished = finished };

    private IEnumerable<WsEvent> WithControls(IEnumerable<WsEvent?> frames)
    {
        int i = 0;
        foreach (WsEvent? frame in frames)
        {
            if (frame is not null)
                yield return frame;
            foreach (WsEvent control in After(i))
                yield return control;
            i++;
        }
    }

    private WsEvent[] After(int frame) => frame < Sizes.Length ? [.. Controls.Skip(frame).Take(1)] : [.. Controls.Skip(frame)];

    private List<byte[]> Cut(IEnumerable<int> sizes, Func<int, int>? adjust = null)
    {
        var frames = new List<byte[]>();
        int start = 0;
        foreach (int size in sizes)
        {
            int end = Math.Min(start + size, Payload.Length);
            end = adjust?.Invoke(end) ?? end;
            frames.Add(Payload[start..end]);
            start = end;
        }

        frames.Add(Payload[start..]);
        return frames;
    }

    private int CharacterStart(int at)
    {
        while (at < Payload.Length && (Payload[at] & 0xC0) == 0x80)
            at--;
        return at;
    }
}

/// <summary>
/// Everything that one side sends, other than the handshake and the Close: fragmented messages, with Pings and Pongs between and after
/// them.
/// </summary>
/// <param name="Messages">The messages, in order.</param>
public sealed record Talk(Said[] Messages)
{
    private static readonly Gen<WsEvent> _controls = Gen.Frequency(
        (1, Bytes.Control.Select(payload => (WsEvent)new Ping(payload))),
        (1, Bytes.Control.Select(payload => (WsEvent)new Pong(payload))));

    /// <summary>
    /// Generates text and binary messages with one of <see cref="Bytes.Sizes"/>, in one to six frames, with up to four Pings and Pongs.
    /// </summary>
    public static Gen<Said> OneMessage { get; } =
        from isText in Gen.Elements(true, false)
        from payload in isText ? Texts.Any.Select(Encoding.UTF8.GetBytes) : Bytes.Any
        from frames in Gen.Frequency((2, Gen.Constant(0)), (3, Gen.Choose(1, 5)))
        from sizes in Gen.Frequency((4, Gen.Choose(0, 9)), (1, Bytes.Sizes)).ListOf(frames)
        from controls in Gen.Frequency((2, Gen.Constant(0)), (1, Gen.Choose(1, 4))).SelectMany(count => _controls.ListOf(count))
        select new Said(isText, payload, [.. sizes], [.. controls]);

    /// <summary>Generates up to five messages.</summary>
    public static Gen<Talk> Any { get; } = Gen.Choose(0, 5).SelectMany(count =>
        OneMessage.ListOf(count)).Select(messages => new Talk([.. messages]));

    /// <summary>Generates <see cref="Any"/>, shrunk with <see cref="Shrink"/>.</summary>
    public static Arbitrary<Talk> Arbitrary => Arb.From(Any, Shrink);

    /// <summary>Gets the events that send it, one for each frame.</summary>
    public IEnumerable<WsEvent> Sent() => Messages.SelectMany(message => message.Sent());

    /// <summary>Gets the events that a peer with <see cref="MessageDelivery.Whole"/> reads.</summary>
    public IEnumerable<WsEvent> ReadWhole() => Messages.SelectMany(message => message.ReadWhole());

    /// <summary>Gets its frames.</summary>
    public IEnumerable<WireFrame> OnWire() => Messages.SelectMany(message => message.OnWire());

    /// <summary>Describes the messages, with payloads in hexadecimal.</summary>
    public override string ToString() => string.Join("\n", Messages.AsEnumerable());

    /// <summary>Shrinks to fewer messages, fewer frames and control frames, shorter payloads, and simpler text.</summary>
    /// <param name="talk">The value to shrink.</param>
    /// <returns>Smaller values.</returns>
    public static IEnumerable<Talk> Shrink(Talk talk) => Shrinks.List(talk.Messages, Smaller).Select(messages => new Talk(messages));

    private static IEnumerable<Said> Smaller(Said said) =>
    [
        .. Shrinks.List(said.Controls).Select(controls => said with { Controls = controls }),
        .. Shrinks.List(said.Sizes, Shrinks.Number).Select(sizes => said with { Sizes = sizes }),
        .. said.IsText
            ? Texts.Shrink(Encoding.UTF8.GetString(said.Payload)).Select(text => said with { Payload = Encoding.UTF8.GetBytes(text) })
            : Shrinks.Bytes(said.Payload).Select(payload => said with { Payload = payload }),
    ];
}
