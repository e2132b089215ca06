using WsProto.Adapters.Tests.Support;

namespace WsProto.Interop.Tests;

/// <summary>npm's client of Engine.IO against our server: over polling, over WebSocket, and from the one to the other.</summary>
[Trait("Category", "Interop")]
public sealed class EngineIOInteropTests
{
    public static readonly object?[][] Ways = [["polling"], ["websocket"], ["upgrade"]];

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(90);

    [Theory, NodeEngineIO(nameof(Ways))]
    public async Task Client_of_npm_understands_the_server(PeerKind peer, string way)
    {
        await using EngineIORoute route = await EngineIORoute.StartAsync();
        IReadOnlyList<string> lines = await RunAsync(peer, route.Address, way);
        Assert.Equal(
            [
                "greeted: \"hello\"",
                "early: true",
                $"transport: \"{(way == "polling" ? "polling" : "websocket")}\"",
                "text: \"Grüße, 世界! 🎈\"",
                "empty: \"\"",
                "half a character: \"half \ufffd\"",
                "binary: \"bytes 0001feff\"",
                "view: \"bytes 0807\"",
                "no bytes: \"bytes \"",
                "large text: true",
                "large binary: true",
                "many: true",
                "written: \"written\"",
                "closed: \"forced close\"",
                "before the end: \"bye\"",
                "closed by the server: \"transport close\"",
                $"too large: \"transport {(way == "websocket" ? "close" : "error")}\"",
                way == "websocket"
                    ? "refused: [\"websocket error\",\"Unexpected server response: 403\"]"
                    : "refused: [\"xhr poll error\",403]",
            ],
            lines);
        await Waiting.Until(() => route.Ended.Count == 2);
        Assert.Equal(["close: ForcedClose", "last: TransportClose"], route.Ended.Order());
    }

    private static async Task<IReadOnlyList<string>> RunAsync(PeerKind kind, params string[] arguments)
    {
        using var timeout = new CancellationTokenSource(_patience);
        using Peer peer = Peer.Start(kind, arguments, timeout.Token);
        return await peer.ReadLinesAsync();
    }
}
