using System.Runtime.CompilerServices;
using WsProto.Extensions;

namespace WsProto.Tests.Extensions.Deflate;

/// <summary>When native memory is taken, and when it is given back.</summary>
[Trait("RFC", "7692 §7.1.1")]
public class ContextTests
{
    private static readonly byte[] _prose = Deflated.Prose(500);
    private static readonly byte[] _compressed = Zip.One(_prose);

    /// <summary>A connection that has sent and received.</summary>
    private static WsConnection Used(ConnectionRole role = ConnectionRole.Server)
    {
        WsConnection connection = Deflated.Connection(role);
        connection.Send(new BytesMessage(_prose));
        connection.Read(Deflated.First(role, Opcode.Binary, _compressed));
        Assert.Equal((true, true), connection.Contexts());
        return connection;
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void Contexts_are_made_at_their_first_use(ConnectionRole role)
    {
        using Link link = Link.Connected(
            new Request("h", "/") { Extensions = [new PerMessageDeflate()] },
            new AcceptConnection { Extensions = [new PerMessageDeflate()] });
        WsConnection connection = link[role];
        Assert.Equal((false, false), connection.Contexts());

        connection.Send(new TextMessage("short"));
        connection.Send(new BytesMessage(_prose) { Compress = false });
        connection.Send(new Ping(_prose.AsMemory(0, 100)));
        connection.Read([.. Wire.FrameFor(role, Opcode.Binary, _prose), .. Wire.FrameFor(role, Opcode.Ping, [])]);
        Assert.Equal((false, false), connection.Contexts());

        connection.Send(new BytesMessage(_prose));
        Assert.Equal((true, false), connection.Contexts());
        connection.Read(Deflated.First(role, Opcode.Binary, _compressed)[..20]);
        Assert.Equal((true, true), connection.Contexts());
    }

    [Theory]
    [InlineData(ConnectionRole.Client, true)]
    [InlineData(ConnectionRole.Client, false)]
    [InlineData(ConnectionRole.Server, true)]
    [InlineData(ConnectionRole.Server, false)]
    [Trait("wsproto", "test_permessage_deflate.py::TestPerMessageDeflate::test_decompressor_reset")]
    public void Receiving_context_is_kept_between_messages_or_dropped(ConnectionRole role, bool peerForgets)
    {
        DeflateParameters agreed = role == ConnectionRole.Client
            ? new() { ServerNoContextTakeover = peerForgets }
            : new() { ClientNoContextTakeover = peerForgets };
        using WsConnection connection = Deflated.Connection(role, agreed);
        for (int i = 0; i < 2; i++)
        {
            byte[] message = Zip.One([]);
            Assert.Empty(
                connection.Read([.. Deflated.First(role, Opcode.Binary, message, fin: false), .. Deflated.Next(role, [], fin: false)]));
            Assert.Equal((false, true), connection.Contexts());
            Assert.Equal([new Ping()], connection.Read(Wire.FrameFor(role, Opcode.Ping, [])));
            Assert.Equal((false, true), connection.Contexts());
            Assert.Equal([new BytesMessage(default)], connection.Read(Deflated.Next(role, [])));
            Assert.Equal((false, !peerForgets), connection.Contexts());
        }
    }

    [Theory]
    [InlineData(ConnectionRole.Client, true)]
    [InlineData(ConnectionRole.Client, false)]
    [InlineData(ConnectionRole.Server, true)]
    [InlineData(ConnectionRole.Server, false)]
    [Trait("wsproto", "test_permessage_deflate.py::TestPerMessageDeflate::test_compressor_reset")]
    public void Sending_context_is_kept_between_messages_or_dropped(ConnectionRole role, bool forgets)
    {
        DeflateParameters agreed = role == ConnectionRole.Client
            ? new() { ClientNoContextTakeover = forgets }
            : new() { ServerNoContextTakeover = forgets };
        using WsConnection connection = Deflated.Connection(role, agreed);
        for (int i = 0; i < 2; i++)
        {
            connection.Send(new BytesMessage(_prose) { MessageFinished = false });
            Assert.Equal((true, false), connection.Contexts());
            connection.Send(new BytesMessage(_prose));
            Assert.Equal((!forgets, false), connection.Contexts());
        }
    }

    /// <summary>A message that does not get smaller goes as it is, and its context goes too.</summary>
    [Fact]
    public void Sending_context_is_dropped_after_an_incompressible_message()
    {
        using WsConnection connection = Deflated.Connection(ConnectionRole.Server, Deflated.NoTakeover);
        connection.Send(new BytesMessage(Deflated.Noise(500)));
        Assert.Equal((false, false), connection.Contexts());
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("Register", "S23")]
    public void Close_from_the_peer__contexts_are_gone_once_it_is_answered(ConnectionRole role)
    {
        using WsConnection connection = Used(role);
        connection.Read(Wire.CloseFor(role, 1000));
        connection.Send(new CloseConnection(CloseCode.NormalClosure));
        Assert.Equal((ConnectionState.Closed, (false, false)), (connection.State, connection.Contexts()));
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("Register", "S23")]
    public void Close_from_us__contexts_are_gone_once_it_is_answered(ConnectionRole role)
    {
        using WsConnection connection = Used(role);
        connection.Send(new CloseConnection(CloseCode.NormalClosure));
        connection.Read(Deflated.First(role, Opcode.Binary, _compressed));
        Assert.Equal((ConnectionState.LocalClosing, (false, true)), (connection.State, connection.Contexts()));
        connection.Read(Wire.CloseFor(role, 1000));
        Assert.Equal((ConnectionState.Closed, (false, false)), (connection.State, connection.Contexts()));
    }

    public static TheoryData<string, byte[]> Violations => new()
    {
        { "corrupt data", Deflated.First(ConnectionRole.Server, Opcode.Binary, [0xFF]) },
        { "RSV1 on a Ping", Wire.FrameFor(ConnectionRole.Server, Opcode.Ping, [], rsv: Deflated.Rsv1) },
        { "a bomb", Deflated.First(ConnectionRole.Server, Opcode.Binary, Zip.One(new byte[2 << 20])) },
        { "text that is not UTF-8", Deflated.First(ConnectionRole.Server, Opcode.Text, Zip.One([0xFF])) },
        { "an unmasked frame", Wire.FrameFor(ConnectionRole.Client, Opcode.Ping, []) },
    };

    [Theory]
    [MemberData(nameof(Violations))]
    [Trait("Register", "S23")]
    public void Violation__contexts_are_gone_once_it_is_answered(string what, byte[] frame)
    {
        Assert.NotEmpty(what);
        using WsConnection connection = Used();
        var close = Assert.IsType<CloseConnection>(Assert.Single(connection.Read(frame)));
        Assert.Equal(ConnectionState.RemoteClosing, connection.State);
        connection.Send(close.Response());
        Assert.Equal((ConnectionState.Closed, (false, false)), (connection.State, connection.Contexts()));
    }

    [Theory]
    [MemberData(nameof(Violations))]
    [Trait("Register", "S23")]
    public void Violation_after_our_Close__contexts_are_gone_at_once(string what, byte[] frame)
    {
        Assert.NotEmpty(what);
        using WsConnection connection = Used();
        connection.Send(new CloseConnection(CloseCode.NormalClosure));
        Assert.NotNull(Assert.IsType<CloseConnection>(Assert.Single(connection.Read(frame))).Error);
        Assert.Equal((ConnectionState.Closed, (false, false)), (connection.State, connection.Contexts()));
    }

    /// <summary>Nothing is inflated any more, while an open message may still be finished.</summary>
    [Theory]
    [InlineData("88 80 00 00 00 00")]
    [InlineData("89 00")]
    public void Nothing_more_is_received__receiving_context_is_gone_at_once(string frame)
    {
        using WsConnection connection = Used();
        connection.Send(new BytesMessage(_prose) { MessageFinished = false });
        Assert.IsType<CloseConnection>(Assert.Single(connection.Read(Wire.Hex(frame))));
        Assert.Equal((ConnectionState.RemoteClosing, (true, false)), (connection.State, connection.Contexts()));
        connection.Send(new BytesMessage(_prose));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Register", "S23")]
    public void End_of_the_stream__contexts_are_gone(bool insideMessage)
    {
        using WsConnection connection = Used();
        if (insideMessage)
            connection.Read(Deflated.First(ConnectionRole.Server, Opcode.Binary, _compressed)[..30]);
        connection.ReceiveEndOfStream();
        Assert.Equal([new CloseConnection(CloseCode.AbnormalClosure)], connection.ReadAll());
        Assert.Equal((ConnectionState.Closed, (false, false)), (connection.State, connection.Contexts()));
    }

    [Fact]
    [Trait("Register", "S23")]
    public void Dispose__contexts_are_gone_and_a_second_time_changes_nothing()
    {
        WsConnection connection = Used();
        connection.Dispose();
        Assert.Equal((ConnectionState.Closed, (false, false)), (connection.State, connection.Contexts()));
        connection.Dispose();
        connection.ReleaseIdleMemory();
        Assert.Equal((false, false), connection.Contexts());
    }

    [Fact]
    public void Rejected_handshake__has_no_contexts()
    {
        using var link = new Link(new WsConnection(ConnectionRole.Client), new WsConnection(ConnectionRole.Server));
        link.Send(ConnectionRole.Client, new Request("h", "/") { Extensions = [new PerMessageDeflate()] });
        Assert.IsType<RejectConnection>(Assert.Single(link.Send(ConnectionRole.Server, new RejectConnection { StatusCode = 403 })));
        Assert.Equal((ConnectionState.Closed, ConnectionState.Closed), (link.Client.State, link.Server.State));
        Assert.Empty(link.Client.Extensions);
        Assert.Empty(link.Server.Extensions);
    }

    /// <summary>"What is received may refer to the history", so only that of sending can go, and the peer does not notice.</summary>
    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void Idle_connection_lets_go_of_its_sending_context__and_goes_on(ConnectionRole role)
    {
        using Link link = Deflated.Link();
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal([new BytesMessage(_prose)], link.Send(role, new BytesMessage(_prose)));
            Assert.Equal([new BytesMessage(_prose)], link.Send(link.PeerOf(role).Role, new BytesMessage(_prose)));
            Assert.Equal((true, true), link[role].Contexts());
            link[role].ReleaseIdleMemory();
            Assert.Equal((false, true), link[role].Contexts());
        }
    }

    /// <summary>Each frame ends at a boundary that needs nothing from before.</summary>
    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void Memory_may_be_released_within_a_message(ConnectionRole role)
    {
        using Link link = Deflated.Link();
        link.Send(role, new BytesMessage(_prose));
        Assert.Empty(link.Send(role, new BytesMessage(_prose) { MessageFinished = false }));
        link[role].ReleaseIdleMemory();
        Assert.Empty(link.Send(role, new BytesMessage(_prose) { MessageFinished = false }));
        link[role].ReleaseIdleMemory();
        Assert.Equal([new BytesMessage(Wire.Concat(_prose, _prose))], link.Send(role, new BytesMessage(default)));
    }

    [Fact]
    [Trait("Register", "S23")]
    public void Ten_thousand_connections_opened_used_and_closed__leave_no_context()
    {
        var template = new PerMessageDeflate();
        var seen = new List<DeflateCodec>();
        ExtensionElement offer = template.Offer()[0];
        byte[] message = Deflated.First(ConnectionRole.Server, Opcode.Binary, _compressed);
        byte[] close = Wire.CloseFor(ConnectionRole.Server, 1000);
        var output = new System.Buffers.ArrayBufferWriter<byte>(1024);
        for (int i = 0; i < 10_000; i++)
        {
            var extension = (DeflateCodec)template.Accept(offer)!;
            WsConnection server = WsConnection.Established(ConnectionRole.Server, [extension]);
            Assert.IsType<BytesMessage>(Assert.Single(server.Read(message)));
            output.ResetWrittenCount();
            server.SendBytes(_prose, output);
            Assert.Equal((true, true), extension.HoldsContexts);
            End(server, i % 4, close);
            seen.Add(extension);
        }

        Assert.Equal(0, seen.Count(extension => extension.HoldsContexts != (false, false)));
    }

    /// <summary>The four ways in which a connection ends.</summary>
    private static void End(WsConnection server, int way, byte[] close)
    {
        switch (way)
        {
            case 0:
                server.Read(close);
                server.Send(new CloseConnection(CloseCode.NormalClosure));
                break;
            case 1:
                server.Send(new CloseConnection(CloseCode.NormalClosure));
                server.Read(close);
                break;
            case 2:
                server.ReceiveEndOfStream();
                server.ReadAll();
                break;
            default:
                server.Dispose();
                break;
        }

        Assert.Equal(ConnectionState.Closed, server.State);
    }

    [Fact]
    [Trait("Register", "S23")]
    public void Message_that_was_sent__is_not_held_on_to()
    {
        using WsConnection connection = Deflated.Connection(ConnectionRole.Server);
        WeakReference sent = SendNew(connection);
        GC.Collect();
        Assert.False(sent.IsAlive);
        GC.KeepAlive(connection);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference SendNew(WsConnection connection)
    {
        byte[] payload = Deflated.Prose(1_000);
        connection.Send(new BytesMessage(payload));
        return new WeakReference(payload);
    }

    [Fact]
    public void All_arrays_are_given_back()
    {
        var pool = new CountingPool();
        using Link link = Deflated.Link(options: new() { Pool = pool });
        for (int i = 0; i < 3; i++)
        {
            link.Send(ConnectionRole.Client, new TextMessage(new string('x', 10_000)));
            link.Send(ConnectionRole.Server, new BytesMessage(Deflated.Noise(10_000)));
            Assert.Equal(0, pool.Outstanding);
        }
    }
}
