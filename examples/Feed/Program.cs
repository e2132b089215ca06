// A feed that misses nothing: the connection is lost again and again, and the client continues after what it has seen last.
//
//   dotnet run --project examples/Feed

using System.Globalization;
using System.Net;
using System.Text.Json;
using Feed;
using WsProto;
using WsProto.Adapters;

await using var listener = new WsListener(new IPEndPoint(IPAddress.Loopback, 0));
listener.Start();
Task serving = listener.RunAsync(PriceServer.ServeAsync);

int seen = 0;
int connections = 0;
await using var feed = new WsReconnectingClient(new Uri($"ws://{listener.LocalEndPoint}/prices"), options: new WsReconnectOptions
{
    InitialDelay = TimeSpan.FromMilliseconds(50), // the default, 5 seconds, is kinder to a server with many clients
    OnConnected = async (session, stop) =>
    {
        connections++;
        await session.SendTextAsync(seen.ToString(CultureInfo.InvariantCulture), stop);
    },
});

// Ends when the server closes with 1000. A failure that would happen again, such as a refusal with 401, is thrown here.
await foreach (Message message in feed.ReadAllAsync())
{
    Price price = JsonSerializer.Deserialize(((TextMessage)message).Data, FeedJson.Default.Price)!;
    seen = price.Number;
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{price.Number}: {price.Symbol} {price.Value}"));
}

Console.WriteLine($"{seen} prices over {connections} connections");
await listener.StopAsync();
await serving;
