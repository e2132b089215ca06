using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using WsProto.Tests.Extensions.Samples;

namespace WsProto.Tests.Halves;

/// <summary>The two halves of an open connection, each on a thread of its own.</summary>
[Trait("RFC", "6455 §5.5.1, §7")]
public class HalvesTests
{
    private const ConnectionRole Client = ConnectionRole.Client;
    private const ConnectionRole Server = ConnectionRole.Server;

    public static TheoryData<ConnectionRole> Roles => [Client, Server];

    [Theory]
    [MemberData(nameof(Roles))]
    public void Halves_are_there_once_the_connection_is_open(ConnectionRole role)
    {
        using WsConnection connecting = new(role);
        Assert.Equal(LocalProtocolError.HandshakeNotFinished, Assert.Throws<LocalProtocolException>(() => connecting.Receiver).Error);
        Assert.Equal(LocalProtocolError.HandshakeNotFinished, Assert.Throws<LocalProtocolException>(() => connecting.Sender).Error);
        using WsConnection open = WsConnection.Established(role);
        Assert.Same(open.Receiver, open.Receiver);
        Assert.Same(open.Sender, open.Sender);
        Assert.Same(open.ReceiveBuffer, open.Receiver.ReceiveBuffer);
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public void Halves_do_what_the_connection_does(ConnectionRole role)
    {
        using WsConnection connection = WsConnection.Established(role, options: Situations.KnownRandom);
        using WsConnection twin = WsConnection.Established(role, options: Situations.KnownRandom);
        var output = new ArrayBufferWriter<byte>();
        var expected = new ArrayBufferWriter<byte>();
        WsSender sender = connection.Sender;
        sender.SendText("é", output);
        twin.SendText("é", expected);
        sender.SendText("é"u8, output, messageFinished: false);
        twin.SendText("é"u8, expected, messageFinished: false);
        sender.Send(new TextMessage("a"), output);
        twin.Send(new TextMessage("a"), expected);
        sender.SendBytes([1], output);
        twin.SendBytes([1], expected);
        sender.SendPing([2], output);
        twin.SendPing([2], expected);
        sender.SendPong([3], output);
        twin.SendPong([3], expected);
        sender.SendPrepared(PreparedMessage.FromText("p"), output);
        twin.SendPrepared(PreparedMessage.FromText("p"), expected);
        output.Write(sender.SendPrepared(PreparedMessage.FromBytes([4])).Span);
        expected.Write(twin.SendPrepared(PreparedMessage.FromBytes([4])).Span);
        Assert.Equal(twin.CanSendFrameHeader, sender.CanSendFrameHeader);
        if (role == Server)
        {
            sender.SendFrameHeader(Opcode.Text, 0, output);
            twin.SendFrameHeader(Opcode.Text, 0, expected);
        }

        Assert.True(sender.CanSend(new Ping()));
        sender.ReleaseIdleMemory();
        twin.ReleaseIdleMemory();
        sender.SendClose(CloseCode.NormalClosure, "bye", output);
        twin.SendClose(CloseCode.NormalClosure, "bye", expected);
        Assert.Equal(expected.WrittenSpan.ToArray(), output.WrittenSpan.ToArray());
        Assert.False(sender.CanSend(new Ping()));
        Assert.Equal(ConnectionState.LocalClosing, connection.State);

        byte[] frames =
        [
            .. Wire.FrameFor(role, Opcode.Text, "hi"u8.ToArray()),
            .. Wire.FrameFor(role, Opcode.Ping, [9]),
            .. Situations.CloseFrameFor(role),
        ];
        WsReceiver receiver = connection.Receiver;
        receiver.Receive(frames.AsSpan(0, 4));
        receiver.Receive(new ReadOnlySequence<byte>(frames.AsMemory(4)));
        Assert.True(receiver.TryReadFrame(out Frame frame));
        Assert.Equal((Opcode.Text, "hi"), (frame.Opcode, frame.GetText()));
        Assert.True(receiver.TryReadEvent(out WsEvent? ping));
        Assert.Equal(new Ping(new byte[] { 9 }), ping);
        Assert.True(receiver.TryReadFrame(out Frame close));
        Assert.Equal((CloseCode.NormalClosure, null), close.GetClose());
        Assert.Equal(ConnectionState.Closed, connection.State);
        receiver.ReceiveEndOfStream();
        Assert.False(receiver.TryReadEvent(out _));
    }

    [Fact]
    public void Sender_refuses_what_belongs_to_the_handshake()
    {
        using WsConnection server = WsConnection.Established(Server);
        foreach (WsEvent e in new WsEvent[] { new AcceptConnection(), new RejectConnection(), Situations.Request, new RejectData(default) })
        {
            Assert.False(server.Sender.CanSend(e));
            Assert.Equal(
                LocalProtocolError.HandshakeFinished,
                Assert.Throws<LocalProtocolException>(() => server.Sender.Send(e, new ArrayBufferWriter<byte>())).Error);
        }
    }

    [Fact]
    public void Frame_that_is_no_Close_has_no_code()
    {
        using WsConnection server = WsConnection.Established(Server);
        server.Receive(Wire.FrameFor(Server, Opcode.Ping, []));
        Assert.Throws<InvalidOperationException>(() =>
        {
            Assert.True(server.TryReadFrame(out Frame frame));
            frame.GetClose();
        });
    }

    /// <summary>Two threads, one for each half, with compression: everything arrives in order, whatever the other half does.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Both_halves_work_at_the_same_time(bool compresses)
    {
        PerMessageDeflate[] templates = compresses ? [new PerMessageDeflate { MinCompressedSize = 0 }] : [];
        using Link link = Link.Connected(new Request("h", "/") { Extensions = templates }, new AcceptConnection { Extensions = templates });
        const int Count = 3_000;
        byte[] incoming = Messages(link.Client, Count);
        WsConnection server = link.Server;
        using var barrier = new Barrier(2);
        var output = new ArrayBufferWriter<byte>();
        Task sending = Task.Run(() =>
        {
            barrier.SignalAndWait();
            for (int i = 0; i < Count; i++)
                server.Sender.SendText($"message {i}", output);
            server.Sender.SendClose(CloseCode.NormalClosure, "", output);
        });
        Task<int> receiving = Task.Run(() =>
        {
            barrier.SignalAndWait();
            int received = 0;
            foreach (byte[] piece in incoming.Chunk(100))
            {
                server.Receiver.Receive(piece);
                while (server.Receiver.TryReadEvent(out WsEvent? e))
                {
                    if (e is TextMessage text)
                        Assert.Equal($"message {received++}", text.Data);
                }
            }

            return received;
        });
        await sending;
        Assert.Equal(Count, await receiving);
        Assert.Equal(ConnectionState.LocalClosing, server.State);
        Assert.Equal([Situations.Close], server.Read(link.Client.Send(Situations.Close)));
        Assert.Equal(ConnectionState.Closed, server.State);
        IReadOnlyList<WsEvent> arrived = link.Client.Read(output.WrittenSpan.ToArray());
        Assert.Equal(Enumerable.Range(0, Count).Select(i => $"message {i}"), arrived.OfType<TextMessage>().Select(text => text.Data));
    }

    public static TheoryData<int, bool, bool> FailingWriters
    {
        get
        {
            var data = new TheoryData<int, bool, bool>();
            foreach (bool compresses in new[] { false, true })
            {
                foreach (int failsAt in new[] { 1, 2, 3 })
                {
                    data.Add(failsAt, compresses, true);
                    data.Add(failsAt, compresses, false);
                }
            }

            return data;
        }
    }

    /// <summary>
    /// Nothing was written and the state is as it was; or the connection says that it is broken. Never a cut frame with more to follow.
    /// </summary>
    [Theory]
    [MemberData(nameof(FailingWriters))]
    public void Send_that_fails__leaves_nothing_or_a_broken_connection(int failsAt, bool compresses, bool failsInGetSpan)
    {
        byte[] noise = new byte[200_000];
        new Random(1).NextBytes(noise);
        var template = new PerMessageDeflate();
        WsConnection server = WsConnection.Established(Server, compresses ? [template.Accept(template.Offer()[0])!] : []);
        var output = new FailingWriter(failsAt, failsInGetSpan);
        Assert.Throws<InsufficientMemoryException>(() => server.SendBytes(noise, output));
        if (output.Taken == 0)
        {
            Assert.Equal(ConnectionState.Open, server.State);
            Assert.True(server.CanSend(new TextMessage("a")));
            return;
        }

        Assert.Equal(ConnectionState.Closed, server.State);
        foreach (WsEvent e in new WsEvent[] { new TextMessage("a"), new BytesMessage(default), new Ping(), new Pong(), Situations.Close })
        {
            Assert.False(server.CanSend(e));
            Assert.Equal(LocalProtocolError.SendFailed, Assert.Throws<LocalProtocolException>(() => server.Send(e)).Error);
        }

        server.Dispose();
        Assert.Equal(ConnectionState.Closed, server.State);
    }

    [Fact]
    public void Send_that_breaks_the_connection__returns_what_the_sender_had_rented()
    {
        var pool = new CountingPool();
        using WsConnection client = WsConnection.Established(Client, options: new WsConnectionOptions { Pool = pool });
        // Masking keys are drawn many at a time.
        client.Send(new TextMessage("a"));
        Assert.NotEqual(0, pool.Outstanding);
        var output = new FailingWriter(2, inGetSpan: true);
        Assert.Throws<InsufficientMemoryException>(() => client.SendBytes(new byte[200_000], output));
        Assert.NotEqual(0, output.Taken);
        Assert.Equal((ConnectionState.Closed, 0), (client.State, pool.Outstanding));
    }

    [Fact]
    public void Null_is_refused()
    {
        var output = new ArrayBufferWriter<byte>();
        using WsConnection server = WsConnection.Established(Server);
        Assert.Throws<ArgumentNullException>("e", () => server.Sender.Send(null!, output));
        Assert.Throws<ArgumentNullException>("output", () => server.Sender.Send(new Ping(), null!));
        Assert.Throws<ArgumentNullException>("e", () => server.Sender.CanSend(null!));
        Assert.Equal(0, output.WrittenCount);
        // Where it may not be sent, that it is no event comes first too.
        server.Send(Situations.Close);
        Assert.Throws<ArgumentNullException>("output", () => server.Sender.Send(new Ping(), null!));
    }

    [Fact]
    public void Connection_that_has_ended__keeps_no_payload_alive()
    {
        using WsConnection server = WsConnection.Established(Server);
        WeakReference payload = ReadOne(server);
        server.Dispose();
        GC.Collect();
        Assert.False(payload.IsAlive);
        GC.KeepAlive(server);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference ReadOne(WsConnection server)
        {
            server.Receive([.. Wire.FrameFor(Server, Opcode.Binary, new byte[10]), .. Wire.FrameFor(Server, Opcode.Binary, new byte[10])]);
            Assert.True(server.TryReadEvent(out WsEvent? e));
            Assert.True(MemoryMarshal.TryGetArray(((BytesMessage)e!).Data, out ArraySegment<byte> array));
            return new WeakReference(array.Array);
        }
    }

    [Fact]
    public void Refusal_whose_body_fails_half_way__closes_the_connection()
    {
        using WsConnection server = new(Server);
        server.Read(Heads.Request());
        server.Send(new RejectConnection { StatusCode = 503, HasBody = true });
        Assert.Throws<InsufficientMemoryException>(
            () => server.Send(new RejectData("Hello"u8.ToArray()), new FailingWriter(2, inGetSpan: true)));
        Assert.Equal(ConnectionState.Closed, server.State);
        Assert.Equal(
            LocalProtocolError.Closed,
            Assert.Throws<LocalProtocolException>(() => server.Send(new RejectData("Hello"u8.ToArray()))).Error);
    }

    /// <summary>Takes what is written until a call, which fails.</summary>
    private sealed class FailingWriter(int failsAt, bool inGetSpan) : IBufferWriter<byte>
    {
        private readonly ArrayBufferWriter<byte> _inner = new();
        private int _calls;

        public int Taken => _inner.WrittenCount;

        public void Advance(int count)
        {
            if (!inGetSpan && ++_calls == failsAt)
                throw new InsufficientMemoryException();
            _inner.Advance(count);
        }

        public Memory<byte> GetMemory(int sizeHint = 0) => throw new NotSupportedException();

        public Span<byte> GetSpan(int sizeHint = 0)
        {
            if (inGetSpan && ++_calls == failsAt)
                throw new InsufficientMemoryException();
            return _inner.GetSpan(sizeHint);
        }
    }

    private static byte[] Messages(WsConnection sender, int count)
    {
        var output = new ArrayBufferWriter<byte>();
        for (int i = 0; i < count; i++)
            sender.SendText($"message {i}", output);
        return output.WrittenSpan.ToArray();
    }
}
