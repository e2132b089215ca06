using System.Net.WebSockets;
using System.Text;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

/// <summary>.NET's own streams over a session.</summary>
public sealed class WebSocketStreamTests
{
    private const string Long = "every line is a message: é€😀 ";
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(30);

    [Theory]
    [EveryTransport(ConnectionRole.Client)]
    [EveryTransport(ConnectionRole.Server)]
    public async Task A_stream_writes_each_write_as_a_message_and_reads_to_the_end(TransportKind over, ConnectionRole role)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(over);
        using var peer = new WebSocketPeer(new PeerEnd(pair), WsConnection.Established(Other(role)));
        WsSession session = WebSocketEnds.CreateSession(pair.Near, role);
        await using WebSocketStream stream = WebSocketStream.Create(session.AsWebSocket(), WebSocketMessageType.Text, ownsWebSocket: true);

        await stream.WriteAsync("one"u8.ToArray());
        await stream.WriteAsync("two"u8.ToArray());
        peer.SendText("hello ");
        peer.SendText("wor", finished: false);
        peer.SendText("ld €", finished: true);
        peer.Send(new CloseConnection(CloseCode.NormalClosure));
        using var reader = new StreamReader(stream);

        Assert.Equal("hello world €", await reader.ReadToEndAsync().WaitAsync(_longest));
        await stream.DisposeAsync().AsTask().WaitAsync(_longest);
        Assert.Equal(WebSocketState.Closed, session.AsWebSocket().State);
        peer.End();
        Assert.Equal("Text 'one', Text 'two', Close 1000", await peer.SeenAsync());
    }

    [Theory]
    [EveryTransport(WebSocketMessageType.Text)]
    [EveryTransport(WebSocketMessageType.Binary)]
    public async Task Disposing_of_an_owning_stream_closes_the_session(TransportKind over, WebSocketMessageType type)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(over);
        using var peer = new WebSocketPeer(new PeerEnd(pair), WsConnection.Established(ConnectionRole.Server));
        WsSession session = WebSocketEnds.CreateSession(pair.Near, ConnectionRole.Client);
        WebSocketStream stream = WebSocketStream.Create(session.AsWebSocket(), type, ownsWebSocket: true);

        await stream.WriteAsync(new byte[] { 1, 2, 3 });
        await stream.DisposeAsync().AsTask().WaitAsync(_longest);
        await session.Completion.WaitAsync(_longest);

        Assert.True(session.ClosedCleanly);
        Assert.Equal($"{type} 0x010203, Close 1000", await peer.SeenAsync());
    }

    [Theory]
    [EveryTransport]
    public async Task A_message_stream_writes_one_message_however_its_writes_cut_characters(TransportKind over)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(over);
        using var peer = new WebSocketPeer(new PeerEnd(pair), WsConnection.Established(ConnectionRole.Client));
        WsSession session = WebSocketEnds.CreateSession(pair.Near, ConnectionRole.Server);

        await using (WebSocketStream stream = WebSocketStream.CreateWritableMessageStream(session.AsWebSocket(), WebSocketMessageType.Text))
        {
            foreach (byte b in Encoding.UTF8.GetBytes(Long))
                await stream.WriteAsync(new[] { b });
        }

        Assert.Equal(new TextMessage(Long), await peer.NextAsync());
        Assert.Equal(WebSocketState.Open, session.AsWebSocket().State);
        session.AsWebSocket().Dispose();
    }

    [Theory]
    [EveryTransport]
    public async Task A_message_stream_reads_one_message_to_its_end(TransportKind over)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(over);
        using var peer = new WebSocketPeer(new PeerEnd(pair), WsConnection.Established(ConnectionRole.Server));
        WsSession session = WebSocketEnds.CreateSession(pair.Near, ConnectionRole.Client);
        string text = string.Concat(Enumerable.Repeat(Long, 5_000));
        peer.SendText(text);
        peer.SendText("next");

        foreach (string expected in new[] { text, "next" })
        {
            using var reader = new StreamReader(WebSocketStream.CreateReadableMessageStream(session.AsWebSocket()));
            Assert.Equal(expected, await reader.ReadToEndAsync().WaitAsync(_longest));
        }

        session.AsWebSocket().Dispose();
    }

    [Theory]
    [EveryTransport(Ends.BothOurs)]
    [InlineData(TransportKind.Memory, Ends.ServerOurs)]
    [InlineData(TransportKind.Memory, Ends.ClientOurs)]
    public async Task Streams_carry_bytes_between_both_ends(TransportKind over, Ends ends)
    {
        (WebSocket client, WebSocket server) = await WebSocketEnds.OpenAsync(over, ends);
        byte[] sent = new byte[700_000];
        new Random(1).NextBytes(sent);
        await using WebSocketStream writer = WebSocketStream.Create(client, WebSocketMessageType.Binary);
        await using WebSocketStream reader = WebSocketStream.Create(server, WebSocketMessageType.Binary);
        var received = new MemoryStream();

        Task reading = reader.CopyToAsync(received);
        for (int i = 0; i < sent.Length; i += 7_000)
            await writer.WriteAsync(sent.AsMemory(i, 7_000));
        await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default);
        await reading.WaitAsync(_longest);
        await server.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default).WaitAsync(_longest);

        Assert.Equal(sent, received.ToArray());
        client.Dispose();
        server.Dispose();
    }

    private static ConnectionRole Other(ConnectionRole role) =>
        role == ConnectionRole.Client ? ConnectionRole.Server : ConnectionRole.Client;
}
