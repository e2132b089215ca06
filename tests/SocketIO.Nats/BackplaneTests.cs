using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using WsProto.Adapters.Tests.Support;
using WsProto.SocketIO.AspNetCore.Testing;
using WsProto.SocketIO.AspNetCore.Tests.Servers;

namespace WsProto.SocketIO.Nats.Tests;

/// <summary>What the stream does not take, and what a backplane that is closed still does.</summary>
public sealed class BackplaneTests : IAsyncLifetime
{
    private NatsServer _nats = null!;

    public async Task InitializeAsync() => _nats = await NatsServer.StartAsync();

    public async Task DisposeAsync() => await _nats.DisposeAsync();

    [ServersFact]
    public Task Event_that_is_too_large_for_NATS_is_lost_and_holds_up_no_other() => AssertLostAloneAsync(2 << 20); // it takes 1 MiB

    [ServersFact]
    public async Task Event_that_is_too_large_for_the_stream_is_lost_and_holds_up_no_other()
    {
        await using var nats = new NatsConnection(NatsOpts.Default with { Url = _nats.Address });
        await new NatsJSContext(nats).CreateStreamAsync(new StreamConfig("SOCKETIO", ["socketio"]) { MaxMsgSize = 1000 });
        await AssertLostAloneAsync(2000);
    }

    [ServersFact]
    public async Task Closed_backplane_receives_nothing_and_loses_what_it_cannot_publish()
    {
        var other = new NatsSocketIOBackplane(_nats.Address);
        var others = new Receiver();
        other.Start(others);
        await Waiting.Until(() => other.IsConnected);
        // It reads the same stream, and publishes where no stream takes anything.
        var closed = new NatsSocketIOBackplane(_nats.Address, new() { Subject = "nowhere" });
        var receiver = new Receiver();
        closed.Start(receiver);
        await Waiting.Until(() => closed.IsConnected);
        closed.Publish("one"u8.ToArray());
        closed.Publish("two"u8.ToArray());
        closed.Close();
        other.Publish("late"u8.ToArray());
        await Waiting.Until(() => receiver.Lost == 2 && !others.Received.IsEmpty);
        closed.Publish("three"u8.ToArray());
        Assert.Equal(3, receiver.Lost);
        Assert.Empty(receiver.Received);
        Assert.Equal(["late"], others.Received);
        other.Close();
    }

    private async Task AssertLostAloneAsync(int size)
    {
        await using Cluster cluster = await Cluster.StartAsync(2, () => new NatsSocketIOBackplane(_nats.Address));
        await using SocketIOTestClient client = await cluster.ConnectAsync(1);
        using MetricCollector<long> lost = cluster.Collect(0, "wsproto.socketio.backplane.lost");
        cluster.Main(0).Emit("large", new string('x', size));
        cluster.Main(0).Emit("small", 1);
        Assert.Equal("small 1", Cluster.Show(await client.WaitForAsync("small").Soon()));
        Assert.Empty(client.TakeReceived());
        Assert.Equal(1, lost.GetMeasurementSnapshot().Sum(measurement => measurement.Value));
    }

    private sealed class Receiver : ISocketIOBackplaneReceiver
    {
        private int _lost;

        internal ConcurrentQueue<string> Received { get; } = [];

        internal int Lost => Volatile.Read(ref _lost);

        public void Receive(ReadOnlyMemory<byte> message) => Received.Enqueue(Encoding.UTF8.GetString(message.Span));

        public void ReportLost(Exception? reason) => Interlocked.Increment(ref _lost);
    }
}
