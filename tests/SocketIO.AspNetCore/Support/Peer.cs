using System.Net;
using WsProto.Adapters;

namespace WsProto.SocketIO.AspNetCore.Tests.Support;

/// <summary>A client of Socket.IO over a WebSocket in memory that shows packets as they are on the wire.</summary>
internal sealed class Peer : IAsyncDisposable
{
    private readonly WsSession _session;

    private Peer(WsSession session) => _session = session;

    internal string Id { get; private set; } = "";

    internal static async Task<Peer> OpenAsync(App app, string path = SocketIOTests.Path, string query = "") =>
        new(await app.OpenWebSocketAsync(path, HttpVersion.Version11, query));

    /// <summary>Opens a session and joins a namespace.</summary>
    internal static async Task<Peer> ConnectAsync(App app, string space = "/", string auth = "")
    {
        Peer peer = await OpenAsync(app);
        peer.Id = await peer.JoinAsync(space, auth);
        return peer;
    }

    /// <summary>Joins a namespace.</summary>
    /// <returns>The id in it.</returns>
    internal async Task<string> JoinAsync(string space = "/", string auth = "")
    {
        string prefix = space == "/" ? "" : space + ",";
        await SendAsync($"0{prefix}{auth}");
        string answer = await NextAsync();
        string begin = $"0{prefix}{{\"sid\":\"";
        Assert.StartsWith(begin, answer, StringComparison.Ordinal);
        return answer[begin.Length..^2];
    }

    internal ValueTask SendAsync(string packet) => _session.SendTextAsync("4" + packet);

    internal ValueTask SendAsync(byte[] attachment) => _session.SendBytesAsync(attachment);

    /// <summary>The next packet, or "close" and the code. Pings of Engine.IO are answered.</summary>
    internal async Task<string> NextAsync()
    {
        while (true)
        {
            string message = await _session.TextAsync();
            if (message != "2")
                return message.StartsWith('4') ? message[1..] : message;
            await _session.SendTextAsync("3");
        }
    }

    /// <summary>Waits until what was sent has been read.</summary>
    internal Task PingAsync() => _session.PingAsync().AsTask();

    internal Task CloseAsync() => _session.CloseAsync().AsTask();

    internal void Abort() => _session.Abort();

    public ValueTask DisposeAsync() => _session.DisposeAsync();
}
