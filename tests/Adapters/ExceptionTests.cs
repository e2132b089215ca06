using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

/// <summary>Exceptions that users can make for their own tests, under one root.</summary>
public sealed class ExceptionTests
{
    [Fact]
    public void All_have_one_root_and_public_constructors()
    {
        var inner = new FormatException();
        WsException[] all =
        [
            new WsHandshakeException(), new WsHandshakeException("m"),
            new WsHandshakeException("m", inner) { StatusCode = 503, Headers = [("Retry-After", "1")], Body = new byte[1] },
            new WsClosedException(), new WsClosedException("m"),
            new WsClosedException("m", inner) { Code = CloseCode.GoingAway, Reason = "r", Cause = WsCloseCause.Peer },
        ];
        Assert.Equal(["m", "m", "m", "m"], all.Where((_, i) => i % 3 != 0).Select(e => e.Message));
        Assert.All([all[2], all[5]], e => Assert.Same(inner, e.InnerException));
        Assert.Equal((CloseCode.AbnormalClosure, WsCloseCause.Lost), (((WsClosedException)all[3]).Code, ((WsClosedException)all[3]).Cause));
    }

    /// <summary>With the reason, in which a peer moves no cursor and ends no line (F21).</summary>
    [Fact]
    public async Task Closed_says_why_in_one_line()
    {
        await using (BarePeer peer = BarePeer.Of())
        {
            await peer.WriteAsync(peer.Frame(WireFrame.Close, [0x0F, 0xA0, .. "gone\e[2J\n\u0085grüß"u8]));
            await peer.Transport.DisposeAsync();
            await peer.Session.Completion.Soon();
            WsClosedException closed = await Assert.ThrowsAsync<WsClosedException>(() => peer.Session.SendTextAsync("x").Soon());
            Assert.Equal("The WebSocket is closed: 4000, by the peer: \"gone\\u001B[2J\\n\\u0085grüß\".", closed.Message);
        }

        await using (BarePeer peer = BarePeer.Of())
        {
            await peer.WriteAsync(peer.Frame(WireFrame.Close, [0x0F, 0xA0, .. Enumerable.Repeat((byte)1, 123)]));
            await peer.Transport.DisposeAsync();
            await peer.Session.Completion.Soon();
            WsClosedException closed = await Assert.ThrowsAsync<WsClosedException>(() => peer.Session.SendTextAsync("x").Soon());
            Assert.EndsWith("\"… (123 chars).", closed.Message, StringComparison.Ordinal);
        }

        await using (BarePeer peer =
            BarePeer.Of(options: new WsSessionOptions { Connection = new WsConnectionOptions { MaxMessageSize = 3 } }))
        {
            await peer.WriteAsync(peer.Frame(WireFrame.Text, [.. "four"u8]));
            await peer.Transport.DisposeAsync();
            await peer.Session.Completion.Soon();
            WsClosedException closed = await Assert.ThrowsAsync<WsClosedException>(() => peer.Session.SendTextAsync("x").Soon());
            Assert.StartsWith(
                "The WebSocket is closed: 1009, because the peer exceeded a limit of this side: \"",
                closed.Message,
                StringComparison.Ordinal);
            Assert.Contains("4 bytes", closed.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Connecting_says_where_to()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        int port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        WsHandshakeException refused = await Assert.ThrowsAsync<WsHandshakeException>(
            () => WsClient.ConnectAsync(new Uri($"ws://127.0.0.1:{port}/")).Soon());
        Assert.StartsWith($"Connecting to 127.0.0.1:{port} failed: ", refused.Message, StringComparison.Ordinal);
    }
}
