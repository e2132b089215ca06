using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using WsProto.SocketIO.AspNetCore;
using WsProto.SocketIO.Client;

namespace WsProto.Docs.Programs.Migrating;

/// <summary>Handlers that take a dict, and those of any event.</summary>
public static class FlaskArguments
{
    public static async Task RunAsync()
    {
        await using WebApplication app = QuietApp.OnLoopback().Build();
        #region handlers
        app.MapSocketIO("/socket.io", io => io.Main
            // {"item": "tea", "count": 2}
            .On("order", async (SocketIOSocket socket, Order order) =>
                $"{order.Count} of {order.Item ?? "nothing"}, {order.Note ?? "no note"}")
            // A property that has to be there.
            .On("book", async (SocketIOSocket socket, Booking booking) => $"{booking.Room} is yours")
            .OnError(async (e, exception) => $"{e.Name} failed")
            // Whatever JSON has.
            .On("inspect", async (SocketIOSocket socket, JsonElement data) => data.ValueKind switch
            {
                JsonValueKind.Object => $"an object with {data.EnumerateObject().Count()} properties",
                JsonValueKind.Number => $"the number {data.GetDouble()}",
                _ => $"{data.ValueKind}",
            })
            // Each event without a handler of its own.
            .OnOther(async e => $"{e.Socket.Namespace.Name} has no {e.Name}, which came with {e.Arguments.Count} arguments"));
        #endregion
        await app.StartAsync();
        await TalkAsync(new Uri(app.Urls.First()));
        await app.StopAsync();
    }

    private static async Task TalkAsync(Uri uri)
    {
        #region client
        await using SocketIOClient io = await SocketIOClient.ConnectAsync(uri);
        Console.WriteLine(await io.CallAsync<string>("order", new { item = "tea", count = 2 }));
        Console.WriteLine(await io.CallAsync<string>("order", new { count = 3, note = "hot" }));
        Console.WriteLine(await io.CallAsync<string>("book", new { room = "kitchen" }));
        Console.WriteLine(await io.CallAsync<string>("book", new { }));
        Console.WriteLine(await io.CallAsync<string>("inspect", new { item = "tea" }));
        Console.WriteLine(await io.CallAsync<string>("inspect", 42));
        Console.WriteLine(await io.CallAsync<string>("dance", "tango", 2));
        #endregion
    }

    #region order
    public sealed record Order(string Item, int Count, string? Note);

    public sealed record Booking
    {
        public required string Room { get; init; }
    }
    #endregion
}
