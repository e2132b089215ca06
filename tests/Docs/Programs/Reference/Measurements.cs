using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using WsProto.Adapters;
using WsProto.Adapters.Transports;

namespace WsProto.Docs.Programs.Reference;

public static class Measurements
{
    public static async Task RunAsync()
    {
        #region measurements
        var seen = new ConcurrentBag<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "WsProto.Adapters")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            seen.Add($"{instrument.Name} {value:+0;-0} {string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))}"));
        listener.Start();

        (MemoryTransport left, MemoryTransport right) = MemoryTransport.CreatePair();
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(right);
        await using WsSession client = await WsSession.ConnectAsync(left, new Request("localhost", "/"));
        await using WsSession server = await accepting;
        await client.SendTextAsync("hello");
        await server.ReceiveAsync();
        await client.CloseAsync();
        await server.Completion;

        foreach (string measurement in seen.Order(StringComparer.Ordinal))
            Console.WriteLine(measurement);
        #endregion
    }
}
