// What the tests of the opening handshake have in common: both ends ready for a head, and the ways in which a head can end.

using System.Buffers;

namespace WsProto.Tests.Handshake;

internal static class Handshakes
{
    /// <summary>The headers of <see cref="Heads.RequestLines"/> that a server finds among the others.</summary>
    public static readonly HeaderList OwnHeaders =
        [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", Heads.Key), ("Sec-WebSocket-Version", "13")];

    public static WsConnection Server(WsConnectionOptions? options = null) => new(ConnectionRole.Server, options);

    /// <summary>A client that has sent its request, with the key of <see cref="Heads.Key"/>.</summary>
    public static WsConnection Client(Request? request = null, WsConnectionOptions? options = null)
    {
        WsConnection client = NewClient(options);
        client.Send(request ?? new Request("example.com", "/chat"));
        return client;
    }

    public static WsConnection NewClient(WsConnectionOptions? options = null) =>
        new(ConnectionRole.Client, (options ?? WsConnectionOptions.Default) with { Random = Rand.Fixed(Heads.Nonce) });

    /// <summary>A server that has read a request.</summary>
    public static WsConnection Asked(params string[] more)
    {
        WsConnection server = Server();
        Assert.IsType<Request>(Assert.Single(server.Read(Heads.Request(more: more))));
        return server;
    }

    /// <summary>Each end, waiting for the other's head.</summary>
    public static WsConnection Waiting(ConnectionRole role, WsConnectionOptions? options = null) =>
        role == ConnectionRole.Client ? Client(options: options) : Server(options);

    /// <summary>A valid head for the role to receive, with lines added.</summary>
    public static byte[] HeadFor(ConnectionRole role, params string[] more) =>
        role == ConnectionRole.Client ? Heads.Response(more: more) : Heads.Request(more: more);

    /// <summary>A frame that the role would read, were it open.</summary>
    public static byte[] FrameFor(ConnectionRole role) => Wire.FrameFor(role, Opcode.Text, "x"u8.ToArray());

    public static string[] Lines(byte[] head)
    {
        string text = System.Text.Encoding.Latin1.GetString(head);
        Assert.EndsWith("\r\n\r\n", text, StringComparison.Ordinal);
        return text[..^4].Split("\r\n");
    }

    /// <summary>The request that a server reads from a head, under all cuts.</summary>
    public static Request ReadRequest(byte[] head, WsConnectionOptions? options = null)
    {
        ConnectionOutcome outcome = Cuts.Run(() => Server(options), head);
        Assert.Equal(ConnectionState.Connecting, outcome.State);
        return Assert.IsType<Request>(Assert.Single(outcome.Events));
    }

    /// <summary>What a client reads from a head, under all cuts; a frame behind it is read too.</summary>
    public static AcceptConnection ReadAccept(byte[] head, Request? request = null, WsConnectionOptions? options = null)
    {
        ConnectionOutcome outcome = Cuts.Run(() => Client(request, options), [.. head, .. FrameFor(ConnectionRole.Client)]);
        Assert.Equal(ConnectionState.Open, outcome.State);
        Assert.Equal(new TextMessage("x"), outcome.Events[^1]);
        Assert.Equal(2, outcome.Events.Count);
        return Assert.IsType<AcceptConnection>(outcome.Events[0]);
    }

    /// <summary>Wants a head to fail the handshake under all cuts, nothing behind it to be read, and no memory to be kept.</summary>
    public static void Fails(ConnectionRole role, byte[] head, ProtocolError error, int status = 400, WsConnectionOptions? options = null)
    {
        if (role == ConnectionRole.Client)
            ClientFails(head, error, options: options);
        else
            ServerRefuses(head, error, status, options: options);
    }

    public static void ServerRefuses(
        byte[] head, ProtocolError error, int status = 400, HeaderList? headers = null, WsConnectionOptions? options = null)
    {
        byte[] input = [.. head, .. FrameFor(ConnectionRole.Server)];
        ConnectionOutcome outcome = Cuts.Run(() => Server(options), input);
        HandshakeFailed failed = Assert.IsType<HandshakeFailed>(Assert.Single(outcome.Events));
        Assert.Equal(error, failed.Error);
        Assert.Equal(new RejectConnection { StatusCode = status, Headers = headers ?? [] }, failed.Response);
        Assert.Equal(ConnectionState.Connecting, outcome.State);

        var pool = new CountingPool();
        using WsConnection server = Server((options ?? WsConnectionOptions.Default) with { Pool = pool });
        server.Read(input);
        Assert.Equal(0, pool.Outstanding);
        CannotSend<LocalProtocolException>(server, new AcceptConnection());
        Assert.StartsWith($"HTTP/1.1 {status} ", Lines(server.Send(failed.Response!))[0], StringComparison.Ordinal);
        Assert.Equal(ConnectionState.Closed, server.State);
        Assert.Empty(server.Read(Heads.Request()));
    }

    /// <summary>
    /// For heads that are too long for every cut: whole, and byte by byte, which is what a quadratic reader would not survive.
    /// </summary>
    public static WsEvent ReadLong(byte[] head)
    {
        var options =
            new WsConnectionOptions { MaxHandshakeSize = 1 << 17, MaxHeaderLineSize = 1 << 16, MaxHeaderElementCount = int.MaxValue };
        ConnectionOutcome whole = Cuts.Feed(() => Server(options), [head]);
        Assert.Equal(whole, Cuts.Feed(() => Server(options), head.Chunk(1)));
        return Assert.Single(whole.Events);
    }

    public static void ClientFails(byte[] head, ProtocolError error, Request? request = null, WsConnectionOptions? options = null)
    {
        byte[] input = [.. head, .. FrameFor(ConnectionRole.Client)];
        ConnectionOutcome outcome = Cuts.Run(() => Client(request, options), input);
        HandshakeFailed failed = Assert.IsType<HandshakeFailed>(Assert.Single(outcome.Events));
        Assert.Equal(error, failed.Error);
        Assert.Null(failed.Response);
        Assert.Equal(ConnectionState.Closed, outcome.State);

        var pool = new CountingPool();
        using WsConnection client = Client(request, (options ?? WsConnectionOptions.Default) with { Pool = pool });
        client.Read(input);
        Assert.Equal(0, pool.Outstanding);
        Assert.Empty(client.Read(Heads.Response()));
    }

    /// <summary>Wants sending to throw, to write nothing, and to leave the state alone.</summary>
    public static void CannotSend<TException>(WsConnection connection, WsEvent e)
        where TException : Exception
    {
        var output = new ArrayBufferWriter<byte>();
        ConnectionState before = connection.State;
        Assert.ThrowsAny<TException>(() => connection.Send(e, output));
        Assert.Equal(0, output.WrittenCount);
        Assert.Equal(before, connection.State);
    }
}
