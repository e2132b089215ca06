using System;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

public sealed class SessionOverTcpTests
{
    [Fact]
    [OneTransport(OneTransportReason.OpensATcpClient)]
    public async Task Messages_go_both_ways_over_TCP_and_the_close_is_clean()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var tcp = new TcpClient();
        await tcp.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using TcpClient accepted = await listener.AcceptTcpClientAsync();
        ValueTask<WsSession> accepting = accepted.AcceptWebSocketAsync();
        await using WsSession client = await tcp.ConnectWebSocketAsync(new Request("localhost", "/"));
        await using WsSession server = await accepting;

        for (int i = 0; i < 10_000; i++)
            await client.SendAsync($"message {i}");
        for (int i = 0; i < 10_000; i++)
        {
            Assert.Equal(new TextMessage($"message {i}"), await server.ReceiveAsync());
            await server.SendAsync(new byte[] { (byte)i });
        }

        for (int i = 0; i < 10_000; i++)
            Assert.Equal(new BytesMessage(new byte[] { (byte)i }), await client.ReceiveAsync());
        Assert.True(await client.PingAsync() > TimeSpan.Zero);
        ValueTask<Message?> last = server.ReceiveAsync();
        WsCloseResult closed = await client.CloseAsync(CloseCode.NormalClosure, "done");
        Assert.Equal(CloseCode.NormalClosure, closed.Code);
        Assert.Null(await last);
        Assert.True(server.ClosedCleanly);
        Assert.True(client.ClosedCleanly);
        Assert.Equal(WsCloseCause.Peer, server.CloseCause);
        Assert.Equal(WsCloseCause.Local, client.CloseCause);
    }
}
