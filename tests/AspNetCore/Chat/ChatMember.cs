using System.Text.Json;
using System.Text.Json.Nodes;
using WsProto.Adapters;

namespace WsProto.AspNetCore.Tests.Chat;

/// <summary>A member of a room as the page is one: keeps what it said until that comes back, and asks for what it missed.</summary>
internal sealed class ChatMember(ChatServer server, string room, string name) : IAsyncDisposable
{
    private readonly Queue<string> _pending = new();
    private readonly HashSet<string> _keys = [];
    private WsSession? _session;
    private string _epoch = "";
    private long _lastId;

    /// <summary>
    /// What everybody said, in the order in which it came here; nothing that came twice is left out but what has the same number.
    /// </summary>
    internal List<(long Id, string From, string Text)> Heard { get; } = [];

    internal string Name => name;

    internal int PendingCount => _pending.Count;

    /// <summary>Connects, says again what has not come back, and waits until the server has let it in.</summary>
    internal async Task ConnectAsync()
    {
        _session = await server.ConnectAsync(room, name, _epoch, _lastId);
        JsonNode welcome = await ReceiveAsync();
        Assert.Equal("welcome", (string?)welcome["type"]);
        _epoch = (string)welcome["epoch"]!;
        foreach (string text in _pending)
            await SendAsync(text);
    }

    internal ValueTask SayAsync(string text)
    {
        Assert.True(_keys.Add(text));
        _pending.Enqueue(text);
        return SendAsync(text);
    }

    /// <summary>Takes one message of the server.</summary>
    internal async ValueTask HearAsync()
    {
        JsonNode message = await ReceiveAsync();
        if ((string?)message["type"] != "said")
            return;
        var heard = (Id: (long)message["id"]!, From: (string)message["from"]!, Text: (string)message["text"]!);
        Assert.True(heard.Id > _lastId, "A number came twice, or late.");
        _lastId = heard.Id;
        Heard.Add(heard);
        if (heard.From == name)
            Assert.Equal(_pending.Dequeue(), heard.Text);
    }

    /// <summary>Loses the connection, with whatever is on its way.</summary>
    internal void Lose() => _session!.Abort();

    /// <summary>The next message; a connection that is lost shows as an exception of <see cref="Assert"/>.</summary>
    private async ValueTask<JsonNode> ReceiveAsync() => JsonNode.Parse(Assert.IsType<TextMessage>(await _session!.ReceiveAsync()).Data)!;

    private ValueTask SendAsync(string text) => _session!.SendTextAsync(JsonSerializer.Serialize(new { type = "say", key = text, text }));

    public ValueTask DisposeAsync() => _session?.DisposeAsync() ?? default;
}
