using System.Text.Json;
using System.Text.Json.Serialization;
using WsProto.Adapters;
using WsProto.Adapters.Transports;

namespace WsProto.Docs.Programs.Guides;

/// <summary>JSON both ways, with and without reflection, and what is no JSON.</summary>
public static partial class JsonMessages
{
    public static async Task RunAsync()
    {
        (MemoryTransport left, MemoryTransport right) = MemoryTransport.CreatePair();
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(right);
        await using WsSession client = await WsSession.ConnectAsync(left, new Request("localhost", "/"));
        await using WsSession session = await accepting;
        await client.SendTextAsync("""{"room":"lobby","text":"Hello"}""");
        await client.SendTextAsync("not JSON");
        Task<WsCloseResult> closing = client.CloseAsync().AsTask();

        #region loop
        await foreach (Message message in session.ReadAllAsync())
        {
            try
            {
                Line line = message.ReadJson<Line>() ?? throw new JsonException("null is no line.");
                await session.SendJsonAsync(line with { Text = line.Text.ToUpperInvariant() });
            }
            catch (JsonException)
            {
                await session.SendJsonAsync(new { error = "This is no line of a chat." });
            }
        }
        #endregion

        await closing;
        await foreach (Message message in client.ReadAllAsync())
            Console.WriteLine(((TextMessage)message).Data);
        await ServeAheadOfTimeAsync();
    }

    private static async Task ServeAheadOfTimeAsync()
    {
        (MemoryTransport left, MemoryTransport right) = MemoryTransport.CreatePair();
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(right);
        await using WsSession client = await WsSession.ConnectAsync(left, new Request("localhost", "/"));
        await using WsSession session = await accepting;
        await client.SendTextAsync("""{"room":"lobby","text":"Hello"}""");
        #region ahead
        Message message = (await session.ReceiveAsync())!;
        Line? line = message.ReadJson(LineJson.Default.Line);
        await session.SendJsonAsync(new Line("lobby", $"{line?.Text} to you"), LineJson.Default.Line);
        #endregion
        Console.WriteLine(((TextMessage)(await client.ReceiveAsync())!).Data);
    }

    #region types
    internal sealed record Line(string Room, string Text);

    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
    [JsonSerializable(typeof(Line))]
    internal sealed partial class LineJson : JsonSerializerContext;
    #endregion
}
