using WsProto.Adapters.Tests.Support;
using WsProto.SocketIO.AspNetCore;
using WsProto.SocketIO.MessagePack;

namespace WsProto.Interop.Tests;

/// <summary>
/// Clients of Socket.IO that others have written against our server: over polling, over WebSocket, and from the one to the other.
/// </summary>
[Trait("Category", "Interop")]
public sealed class SocketIOInteropTests
{
    public static readonly object?[][] Ways = [["polling"], ["websocket"], ["upgrade"]];

    public static readonly object?[][] WaysAndForms =
    [
        .. Ways.SelectMany(way => (object?[][])[[way[0], "text"], [way[0], "msgpack"]]),
    ];

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(90);

    [Theory, PythonSocketIO(nameof(WaysAndForms))]
    public async Task Client_of_Python_understands_the_server(PeerKind peer, string way, string form)
    {
        await using SocketIORoute route = await SocketIORoute.StartAsync(Options(form));
        IReadOnlyList<string> lines = await RunAsync(peer, route.Address, way, form);
        Assert.Equal(
            [
                "welcome: [\"Ann\", 1]",
                "text: [\"Grüße, 世界! 🎈\", {\"list\": [1, 2.5, null, true], \"deep\": {\"er\": \"x\"}}]",
                "binary: [\"bytes 010203\", {\"inside\": [\"bytes 04\", \"t\"]}]",
                "large: true",
                "asked: 42",
                "asked for bytes: \"bytes 030201\"",
                "admin: \"/admin\"",
                "heard: [\"Ann\", \"hello\"]",
                $"transport: \"{(way == "polling" ? "polling" : "websocket")}\"",
                "end: true",
            ],
            lines);
        await Waiting.Until(() => route.Server.Main.SocketCount == 0);
    }

    [Theory, NodeSocketIO(nameof(WaysAndForms))]
    public async Task Client_of_npm_understands_the_server(PeerKind peer, string way, string form)
    {
        // Of half a character npm's parser of MessagePack makes a whole one.
        string half = form == "text" ? "half \ufffd" : "half 🐀";
        await using SocketIORoute route = await SocketIORoute.StartAsync(Options(form));
        IReadOnlyList<string> lines = await RunAsync(peer, route.Address, way, form);
        Assert.Equal(
            [
                $"transport: \"{(way == "polling" ? "polling" : "websocket")}\"",
                "welcome: [\"Ann\",1]",
                "early: [1,2,3,4,5,6,7,8,9,10]",
                "text: [\"Grüße, 世界! 🎈\",{\"list\":[1,2.5,null,true],\"deep\":{\"er\":\"x\"}}]",
                "binary: [\"bytes 010203\",{\"inside\":[\"bytes 04\",\"t\"]}]",
                "large: true",
                "values: [\"1970-01-01T00:00:01.000Z\",{\"kept\":1},null,null,-0.5,9007199254740992]",
                $"half a character: \"{half}\"",
                "asked: 42",
                "asked for bytes: \"bytes 030201\"",
                "many: true",
                "refused: [\"Not allowed\",{\"code\":7}]",
                "unknown: \"Invalid namespace\"",
                "admin: \"/admin\"",
                "heard: [\"Ann\",\"hello\"]",
                "left: \"io client disconnect\"",
                "kicked: \"io server disconnect\"",
                // A poll finds that the session is gone; a WebSocket is told.
                $"lost: \"transport {(way == "polling" ? "error" : "close")}\"",
                "back: 6",
                "recovered: [true,true,[1,2,3]]",
                "recovered: [true,true,[1,2,3]]",
                "recovered: [true,true,[1,2,3]]",
                "end: true",
            ],
            lines);
        await Waiting.Until(() => route.Server.Main.SocketCount == 0);
        Assert.Equal(["/ Ann transport error", "/ Ann client namespace disconnect"], route.Parted.Where(line => line.Contains("Ann")));
        Assert.Equal(
            ["/ Bob server namespace disconnect", "/admin client namespace disconnect"],
            route.Parted.Where(line => !line.Contains("Ann")).Order());
        Assert.Empty(route.Server.Main.Rooms);
    }

    private static SocketIOOptions Options(string form) => new() { Parser = form == "msgpack" ? new MessagePackSocketIOParser() : null };

    private static async Task<IReadOnlyList<string>> RunAsync(PeerKind kind, params string[] arguments)
    {
        using var timeout = new CancellationTokenSource(_patience);
        using Peer peer = Peer.Start(kind, arguments, timeout.Token);
        return await peer.ReadLinesAsync();
    }
}
