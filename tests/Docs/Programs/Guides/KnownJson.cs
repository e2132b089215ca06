using System.Text.Json;
using System.Text.Json.Serialization;
using WsProto.Adapters;
using WsProto.Adapters.Transports;

namespace WsProto.Docs.Programs.Guides;

/// <summary>JSON whose types are known at compile time.</summary>
public static partial class KnownJson
{
    public static async Task RunAsync()
    {
        (MemoryTransport left, MemoryTransport right) = MemoryTransport.CreatePair();
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(right);
        await using WsSession client = await WsSession.ConnectAsync(left, new Request("localhost", "/"));
        await using WsSession server = await accepting;

        #region json
        await client.SendTextAsync(JsonSerializer.SerializeToUtf8Bytes(new Order("tea", 2), KnownTypes.Default.Order));

        await foreach (ReceivedMessage message in server.ReceiveAllAsync())
        {
            Order? order = message.ReadJson(KnownTypes.Default.Order);
            Console.WriteLine(order);
            break;
        }
        #endregion
        await client.CloseAsync();
    }

    #region types
    public sealed record Order(string Item, int Count);

    [JsonSerializable(typeof(Order))]
    internal sealed partial class KnownTypes : JsonSerializerContext;
    #endregion
}
