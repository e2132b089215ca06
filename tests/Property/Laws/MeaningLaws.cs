using System.Text;
using FsCheck;
using FsCheck.Fluent;
using WsProto.Tests.Generators;

namespace WsProto.Tests.Laws;

/// <summary>What a stream of frames means, told frame by frame from RFC 6455 §5 without regard to bytes.</summary>
[Trait("RFC", "6455 §5")]
public class MeaningLaws
{
    [Fact]
    [Trait("MUST", "5.1-2")]
    [Trait("MUST", "5.1-4")]
    [Trait("MUST", "5.2-2")]
    [Trait("MUST", "5.2-3")]
    [Trait("MUST", "5.2-4")]
    [Trait("MUST", "5.2-5")]
    [Trait("MUST", "5.4-2")]
    [Trait("MUST", "5.4-4")]
    [Trait("MUST", "5.4-7")]
    [Trait("MUST", "5.5-1")]
    [Trait("MUST", "5.5-2")]
    [Trait("MUST", "5.5.1-1")]
    [Trait("MUST", "5.6-1")]
    [Trait("MUST", "6.2-2")]
    [Trait("MUST", "6.2-3")]
    [Trait("MUST", "10.4-1")]
    [Trait("MUST", "10.4-2")]
    [Trait("Register", "S01")]
    [Trait("Register", "S03")]
    [Trait("Register", "S10")]
    [Trait("Register", "S13")]
    public void A_stream_of_frames_means_what_the_RFC_says_frame_by_frame() => Law.Holds(Cases, 3 * Law.Many, c =>
    {
        var reader = new ByTheBook(c.Role, c.Options);
        foreach (WireFrame frame in c.Stream.Frames)
        {
            if (!reader.Read(frame))
                break;
        }

        using var connection = WsConnection.Established(c.Role, options: c.Options);
        List<WsEvent> events = [.. c.Cutting.Feed(connection, c.Stream.BytesFor(c.Role))];
        if (reader.Faults.Count > 0)
        {
            CloseConnection failed = Assert.IsType<CloseConnection>(events[^1]);
            Assert.Contains(failed.Error ?? 0, reader.Faults);
            Assert.Equal(CodeFor(failed.Error!.Value), failed.Code);
            events.RemoveAt(events.Count - 1);
        }

        // After an announcement that the frame does not keep, nobody knows.
        Assert.Equal(reader.Events, reader.IsLost ? events.Take(reader.Events.Count) : events);
    });

    private static CloseCode CodeFor(ProtocolError error) => error switch
    {
        ProtocolError.InvalidUtf8 or ProtocolError.InvalidCloseReason => (CloseCode)1007,
        ProtocolError.TooManyFragments => (CloseCode)1008,
        ProtocolError.FrameTooBig or ProtocolError.MessageTooBig => (CloseCode)1009,
        _ => (CloseCode)1002,
    };

    private static Arbitrary<Case> Cases => Arb.From(
        from stream in WireStream.Any
        from role in Scene.Roles
        from options in Scene.SomeOptions
        from cutting in Cutting.Any
        select new Case(
            stream with { Tail = [] }, role, options with { MessageDelivery = MessageDelivery.Whole, MaxWholeMessageSize = null }, cutting),
        c =>
        [
            .. WireStream.Shrink(c.Stream).Select(stream => c with { Stream = stream }),
            .. Cutting.Shrink(c.Cutting).Select(cutting => c with { Cutting = cutting }),
        ]);

    private sealed record Case(WireStream Stream, ConnectionRole Role, WsConnectionOptions Options, Cutting Cutting)
    {
        public override string ToString() =>
            $"{Role}, limits message {Options.MaxMessageSize} frame {Options.MaxFrameSize} fragments {Options.MaxFragmentCount}\n"
            + $"{Stream}\n{Cutting}";
    }

    /// <summary>Takes whole frames, and finds all that is wrong with one, in no order.</summary>
    private sealed class ByTheBook(ConnectionRole role, WsConnectionOptions options)
    {
        private readonly List<WireFrame> _message = [];

        public List<WsEvent> Events { get; } = [];

        public HashSet<ProtocolError> Faults { get; } = [];

        public bool IsLost { get; private set; }

        /// <returns>Whether there is anything to read after it.</returns>
        public bool Read(WireFrame frame)
        {
            FindInHeader(frame);
            if (Faults.Count == 0 && frame.Announced is { } announced && announced != (ulong)frame.Payload.Length)
                IsLost = true;
            else if ((int)frame.Opcode < 8)
                TakeData(frame);
            else
                TakeControl(frame);
            return Faults.Count == 0 && !IsLost && frame.Opcode != Opcode.Close;
        }

        private void FindInHeader(WireFrame frame)
        {
            bool isControl = (int)frame.Opcode >= 8;
            ulong length = frame.Announced ?? (ulong)frame.Payload.Length;
            Find(ProtocolError.ReservedBitSet, frame.Rsv != 0);
            Find(
                ProtocolError.ReservedOpcode,
                frame.Opcode is not (Opcode.Continuation or Opcode.Text or Opcode.Binary or Opcode.Close or Opcode.Ping or Opcode.Pong));
            Find(ProtocolError.FragmentedControlFrame, isControl && !frame.Fin);
            Find(ProtocolError.ControlFrameTooLong, isControl && (length > 125 || frame.Form != LengthForm.Shortest));
            Find(ProtocolError.UnexpectedContinuation, frame.Opcode == Opcode.Continuation && _message.Count == 0);
            Find(ProtocolError.ContinuationExpected, frame.Opcode is Opcode.Text or Opcode.Binary && _message.Count > 0);
            Find(role == ConnectionRole.Client ? ProtocolError.MaskedServerFrame : ProtocolError.UnmaskedClientFrame, frame.WrongMask);
            Find(
                ProtocolError.NonMinimalLength,
                frame.Form switch { LengthForm.TwoBytes => length <= 125, LengthForm.EightBytes => length <= 65535, _ => false });
            Find(ProtocolError.LengthOutOfRange, length > long.MaxValue);
            Find(ProtocolError.FrameTooBig, !isControl && length > (ulong)(options.MaxFrameSize ?? long.MaxValue));
            // "null too means that": a message has to fit into one string.
            Find(
                ProtocolError.MessageTooBig,
                !isControl && length + (ulong)_message.Sum(part => part.Payload.Length) > (ulong)(options.MaxMessageSize ?? 1_073_741_791));
            Find(ProtocolError.TooManyFragments, !isControl && _message.Count + 1 > options.MaxFragmentCount);
        }

        private void TakeControl(WireFrame frame)
        {
            byte[] payload = frame.Payload;
            if (frame.Opcode == Opcode.Close)
            {
                Find(ProtocolError.InvalidClosePayload, payload.Length == 1);
                Find(ProtocolError.InvalidCloseCode, payload.Length > 1 && !Closes.MayBeOnTheWire((payload[0] << 8) | payload[1]));
                Find(ProtocolError.InvalidCloseReason, payload.Length > 2 && Decode(payload[2..]) is null);
            }

            if (Faults.Count > 0)
                return;
            Events.Add(frame.Opcode switch
            {
                Opcode.Ping => new Ping(payload),
                Opcode.Pong => new Pong(payload),
                _ when payload.Length == 0 => new CloseConnection(CloseCode.NoStatusReceived),
                _ => new CloseConnection((CloseCode)((payload[0] << 8) | payload[1]), payload.Length == 2 ? null : Decode(payload[2..])),
            });
        }

        private void TakeData(WireFrame frame)
        {
            _message.Add(frame);
            byte[] payload = Wire.Concat(_message.Select(part => part.Payload));
            if (_message[0].Opcode == Opcode.Text)
                Find(ProtocolError.InvalidUtf8, frame.Fin ? Decode(payload) is null : !CanBecomeText(payload));
            if (Faults.Count > 0 || !frame.Fin)
                return;
            Events.Add(_message[0].Opcode == Opcode.Text ? new TextMessage(Decode(payload)!) : new BytesMessage(payload));
            _message.Clear();
        }

        private void Find(ProtocolError fault, bool isThere)
        {
            if (isThere)
                Faults.Add(fault);
        }

        /// <summary>Whether any of the ways to go on makes it valid; the continuation octets that can follow are few.</summary>
        private static bool CanBecomeText(byte[] bytes)
        {
            byte[][] ends =
            [
                [], [0x80], [0x9F], [0xA0], [0x90], [0xA0, 0x80], [0x9F, 0x80], [0x80, 0x80], [0x90, 0x80, 0x80], [0x80, 0x80, 0x80],
            ];
            return ends.Any(end => Decode([.. bytes, .. end]) is not null);
        }

        private static string? Decode(byte[] bytes)
        {
            try
            {
                return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
            }
            catch (DecoderFallbackException)
            {
                return null;
            }
        }
    }
}
