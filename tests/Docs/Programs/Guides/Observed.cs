using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WsProto.Adapters;
using WsProto.AspNetCore;
using WsProto.AspNetCore.Testing;

namespace WsProto.Docs.Programs.Guides;

/// <summary>One session and one refusal, as operation sees them.</summary>
public static class Observed
{
    public static async Task RunAsync()
    {
        #region listener
        var totals = new SortedDictionary<string, double>();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "WsProto.AspNetCore")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) =>
        {
            Add(instrument, 1, tags);
            ended.TrySetResult();
        });
        listener.Start();

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            string series = $"{instrument.Name} {string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))}";
            lock (totals)
                totals[series] = totals.GetValueOrDefault(series) + value;
        }
        #endregion

        var lines = new Lines();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelInMemory();
        #region logging
        builder.Logging.ClearProviders().AddProvider(lines).AddFilter("WsProto.AspNetCore", LogLevel.Debug);
        #endregion
        WebApplication app = builder.Build();
        app.MapWebSocket("/echo", async (ws, stop) =>
        {
            await foreach (Message message in ws.ReadAllAsync(stop))
                await ws.SendAsync(message, stop);
        });
        await app.StartAsync();

        InMemoryServer server = app.Services.GetInMemoryServer();
        await using (WsSession session = await server.ConnectWebSocketAsync("/echo"))
        {
            await session.SendTextAsync("hello");
            await session.ReceiveAsync();
            await session.CloseAsync();
        }

        await ended.Task;

        using (HttpClient http = server.CreateClient())
        using (await http.GetAsync(new Uri("/echo", UriKind.Relative)))
            await app.StopAsync();
        foreach ((string series, double total) in totals)
            Console.WriteLine($"{series}: {total}");
        foreach (string line in lines.Written)
            Console.WriteLine(line);
    }

    /// <summary>Keeps event ids and names of the package's category.</summary>
    private sealed class Lines : ILoggerProvider, ILogger
    {
        public List<string> Written { get; } = [];

        public ILogger CreateLogger(string categoryName) =>
            categoryName == "WsProto.AspNetCore" ? this : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (Written)
                Written.Add($"log {logLevel}: {eventId.Id} {eventId.Name}");
        }

        public void Dispose()
        {
        }
    }
}
