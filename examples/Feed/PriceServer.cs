using System.Globalization;
using System.Text.Json;
using WsProto;
using WsProto.Adapters;

namespace Feed;

/// <summary>Sends prices, which have numbers. A client says which number it has seen last, and gets those after it.</summary>
internal static class PriceServer
{
    private const int Count = 8;
    private const int PricesPerConnection = 3;

    internal static async Task ServeAsync(WsSession session, CancellationToken stop)
    {
        if (await session.ReceiveAsync(stop) is not TextMessage wish
            || !int.TryParse(wish.Data, NumberStyles.None, CultureInfo.InvariantCulture, out int seen))
        {
            await session.CloseAsync(CloseCode.PolicyViolation, "Say which price you have seen last.", stop);
            return;
        }

        // A real server restarts now and then; this one does after every third price.
        int last = Math.Min(Count, seen + PricesPerConnection);
        for (int number = seen + 1; number <= last; number++)
        {
            var price = new Price(number, "EURUSD", 1.08m + (number * 0.0001m));
            await session.SendTextAsync(JsonSerializer.Serialize(price, FeedJson.Default.Price), stop);
        }

        await session.CloseAsync(last < Count ? CloseCode.ServiceRestart : CloseCode.NormalClosure, cancellationToken: stop);
    }
}
