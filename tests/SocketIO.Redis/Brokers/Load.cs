using WsProto.SocketIO.AspNetCore.Testing;

namespace WsProto.SocketIO.AspNetCore.Tests.Servers;

/// <summary>A client whose handler sends to a room on both servers, and one in that room on each.</summary>
internal sealed class Load : IAsyncDisposable
{
    private readonly SocketIOTestClient _speaker;
    private readonly SocketIOTestClient _here;
    private readonly SocketIOTestClient _there;
    private int _said;

    private Load(SocketIOTestClient speaker, SocketIOTestClient here, SocketIOTestClient there) =>
        (_speaker, _here, _there) = (speaker, here, there);

    internal static async Task<Load> StartAsync(Cluster cluster) =>
        new(await cluster.ConnectAsync(0), await cluster.ConnectAsync(0, "room"), await cluster.ConnectAsync(1, "room"));

    /// <summary>Each event is answered, so the handler has neither failed nor waited.</summary>
    internal async Task RunAsync(int count)
    {
        for (int i = 0; i < count; i++)
            await _speaker.CallAsync("say", ["room", $"{_said++}"]);
    }

    /// <summary>Clients of both servers get each event once and in order.</summary>
    internal async Task AssertAllAsync()
    {
        await _speaker.CallAsync("say", ["room", "end"]);
        Assert.Equal(Enumerable.Range(0, _said), await UntilEndAsync(_here));
        Assert.Equal(Enumerable.Range(0, _said), await UntilEndAsync(_there));
    }

    /// <summary>The client here gets each event once and in order, and the one there none twice and all in order.</summary>
    internal async Task AssertAllHereAsync()
    {
        await _speaker.CallAsync("say", ["room", "end"]);
        Assert.Equal(Enumerable.Range(0, _said), await UntilEndAsync(_here));
        List<int> received = await UntilEndAsync(_there);
        Assert.Equal(received.Distinct().Order(), received);
    }

    public async ValueTask DisposeAsync()
    {
        await _speaker.DisposeAsync();
        await _here.DisposeAsync();
        await _there.DisposeAsync();
    }

    private static async Task<List<int>> UntilEndAsync(SocketIOTestClient client)
    {
        List<int> received = [];
        while ((await client.WaitForAsync("said")).Get<string>(0) is { } text && text != "end")
            received.Add(int.Parse(text));
        return received;
    }
}
