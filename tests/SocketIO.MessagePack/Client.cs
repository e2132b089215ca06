using System.Text;
using System.Text.Json;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;
using WsProto.EngineIO;
using WsProto.SocketIO.AspNetCore.Tests.Support;

namespace WsProto.SocketIO.MessagePack.Tests;

/// <summary>A client over a WebSocket in memory that sends and shows packets of MessagePack.</summary>
internal sealed class Client : IAsyncDisposable
{
    private readonly SocketIOEncoder _encoder = new(parser: Peer.Parser);
    private readonly WsSession _session;

    private Client(WsSession session) => _session = session;

    /// <summary>What the client has been told when it came in: a JSON object with its id.</summary>
    internal JsonElement Welcome { get; private set; }

    internal static async Task<Client> OpenAsync(App app) => new(await app.OpenWebSocketAsync("/socket.io"));

    internal static async Task<Client> ConnectAsync(App app, string space = "/", object? auth = null)
    {
        Client client = await OpenAsync(app);
        await client.JoinAsync(space, auth);
        SocketIOPacket packet = await client.NextAsync();
        Assert.Equal((SocketIOPacketType.Connect, space), (packet.Type, packet.Namespace));
        client.Welcome = JsonDocument.Parse(packet.Arguments.GetJson(0)).RootElement;
        return client;
    }

    internal ValueTask JoinAsync(string space, object? auth = null)
    {
        byte[] json = auth is null ? [] : JsonSerializer.SerializeToUtf8Bytes(auth);
        return SendAsync([Peer.Parser.Encode(new(SocketIOPacketType.Connect, space, null, json, []))]);
    }

    internal ValueTask EmitAsync(string space, string name, long? id, params object?[] arguments) =>
        SendAsync(_encoder.Event(space, name, arguments, id));

    internal ValueTask AckAsync(string space, long id, params object?[] arguments) => SendAsync(_encoder.Ack(space, id, arguments));

    internal ValueTask SendTextAsync(string text) => _session.SendTextAsync(text);

    internal ValueTask SendAsync(byte[] message) => _session.SendBytesAsync(message);

    internal async Task<SocketIOPacket> NextAsync() => Peer.Decode((await NextBytesAsync()).ToArray());

    internal async Task<ReadOnlyMemory<byte>> NextBytesAsync() =>
        Assert.IsType<BytesMessage>(await _session.ReceiveAsync().Soon()).Data;

    internal async Task<string> ShowNextAsync() => Peer.Show(await NextAsync());

    /// <summary>The code with which the server closes.</summary>
    internal async Task<int> ClosedAsync()
    {
        Assert.Null(await _session.ReceiveAsync().Soon());
        return (int)_session.CloseResult!.Code;
    }

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    private ValueTask SendAsync(IReadOnlyList<Packet> packets) => _session.SendBytesAsync(Assert.Single(packets).Data);
}
