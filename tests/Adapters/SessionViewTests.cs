// Receiving without a copy: views are what was sent, one after the other, and a stale one is always caught. The pool overwrites what comes
// back, so a view that is shown memory of somebody else shows it.

using System.Text.Json;
using System.Text.Json.Serialization;
using WsProto.Adapters.Tests.Support;
using WsProto.Adapters.Transports;

namespace WsProto.Adapters.Tests;

public sealed class SessionViewTests
{
    [Theory]
    [EveryTransport(ConnectionRole.Client)]
    [EveryTransport(ConnectionRole.Server)]
    public async Task Views_are_what_was_sent_however_it_was_cut(TransportKind over, ConnectionRole role)
    {
        foreach (int cut in (int[])[1, 7, 100_000])
        {
            await using BarePeer peer = await BarePeer.OverAsync(over, role, mostRead: cut);
            await peer.WriteAsync(
                peer.Frame(WireFrame.Text, [.. "grüß"u8]), peer.Frame(WireFrame.Ping, [9]), peer.Frame(WireFrame.Binary, [1, 2, 3]),
                peer.Frame(WireFrame.Text, []));
            var seen = new List<string>();
            while (seen.Count < 3)
            {
                Assert.True(await peer.Session.WaitToReceiveAsync().Soon());
                while (peer.Session.TryReceive(out ReceivedMessage message))
                    seen.Add(message.Kind == Opcode.Text ? message.Text : Convert.ToHexString(message.Bytes.Span));
            }

            Assert.Equal(["grüß", "010203", ""], seen);
            Assert.Equal([9], (await peer.ReadAsync())!.Payload);
        }
    }

    /// <summary>By views and by messages that last, with and without reflection, in text and in bytes.</summary>
    [Theory]
    [EveryTransport]
    public async Task Json_comes_as_it_was_sent(TransportKind over)
    {
        await using SessionPair pair = await SessionPair.OverAsync(over);
        await pair.Client.SendJsonAsync(new Numbered(1));
        await pair.Client.SendJsonAsync(new Numbered(2), ViewJson.Default.Numbered);
        await pair.Client.SendJsonAsync(new Numbered(3), JsonSerializerOptions.Default);
        await pair.Client.SendBytesAsync(JsonSerializer.SerializeToUtf8Bytes(new Numbered(4)));
        await pair.Client.SendTextAsync("no JSON");
        await pair.Client.SendTextAsync("\"grüß\"");
        await pair.Client.SendTextAsync("null");

        Assert.Equal(new TextMessage("{\"number\":1}"), await pair.Server.ReceiveAsync().Soon());
        Message message = (await pair.Server.ReceiveAsync().Soon())!;
        Assert.Equal((new Numbered(2), new Numbered(2)), (message.ReadJson(ViewJson.Default.Numbered), message.ReadJson<Numbered>()));
        Assert.True(await pair.Server.WaitToReceiveAsync().Soon());
        Assert.True(pair.Server.TryReceive(out ReceivedMessage view));
        Assert.Equal((new Numbered(3), new Numbered(3)), (view.ReadJson<Numbered>(), view.ReadJson<Numbered>(JsonSerializerOptions.Web)));
        Message bytes = Assert.IsType<BytesMessage>(await pair.Server.ReceiveAsync().Soon());
        Assert.Equal((new Numbered(4), new Numbered(4)), (bytes.ReadJson<Numbered>(), bytes.ReadJson<Numbered>(JsonSerializerOptions.Web)));
        Message wrong = (await pair.Server.ReceiveAsync().Soon())!;
        Assert.Throws<JsonException>(() => wrong.ReadJson<Numbered>());
        Assert.Equal("grüß", (await pair.Server.ReceiveAsync().Soon())!.ReadJson<string>());
        Assert.Null((await pair.Server.ReceiveAsync().Soon())!.ReadJson<Numbered>());
    }

    /// <summary>What it says by itself would depend on where the peer cuts.</summary>
    [Theory]
    [EveryTransport]
    public async Task Json_is_not_read_from_a_piece(TransportKind over)
    {
        await using SessionPair pair = await SessionPair.OverAsync(
            over, server: new WsSessionOptions { Connection = new WsConnectionOptions { MessageDelivery = MessageDelivery.Chunks } });
        for (int i = 0; i < 2; i++)
        {
            await pair.Client.SendAsync(new TextMessage("12") { MessageFinished = false });
            await pair.Client.SendAsync(new TextMessage("34"));
        }

        Message piece = (await pair.Server.ReceiveAsync().Soon())!;
        Assert.Throws<InvalidOperationException>(() => piece.ReadJson<int>());
        await pair.Server.ReceiveAsync().Soon();
        Assert.True(await pair.Server.WaitToReceiveAsync().Soon());
        Assert.True(pair.Server.TryReceive(out ReceivedMessage view));
        Assert.Throws<InvalidOperationException>(() => view.ReadJson<int>());
        Assert.Throws<InvalidOperationException>(() => view.ReadJson(ViewJson.Default.Numbered));
    }

    [Theory]
    [EveryTransport]
    public async Task Stale_view_throws_whatever_is_asked_of_it_and_whichever_receive_came_next(TransportKind over)
    {
        Func<WsSession, Task>[] receives =
        [
            session => Task.FromResult(session.TryReceive(out _)),
            async session => await session.WaitToReceiveAsync(),
            async session => await session.ReceiveAsync(),
        ];
        foreach (Func<WsSession, Task> receive in receives)
        {
            await using BarePeer peer = await BarePeer.OverAsync(over);
            await peer.WriteAsync(
                peer.Frame(WireFrame.Text, [.. "one"u8]),
                peer.Frame(WireFrame.Text, [.. "two"u8]),
                peer.Frame(WireFrame.Text, [.. "three"u8]));
            Assert.True(await peer.Session.WaitToReceiveAsync().Soon());
            Assert.True(peer.Session.TryReceive(out ReceivedMessage message));
            Assert.Equal("one", message.Text);
            await receive(peer.Session).Soon();
            Assert.Throws<InvalidOperationException>(() => message.Kind);
            Assert.Throws<InvalidOperationException>(() => message.Bytes);
            Assert.Throws<InvalidOperationException>(() => message.Text);
            Assert.Throws<InvalidOperationException>(() => message.MessageFinished);
            Assert.Throws<InvalidOperationException>(message.ToMessage);
        }

        Assert.Throws<InvalidOperationException>(() => default(ReceivedMessage).Bytes);
    }

    [Theory]
    [EveryTransport]
    public async Task View_lasts_while_its_receiver_stays_away_and_the_session_reads_on_without_it(TransportKind over)
    {
        var pool = new CanaryPool();
        await using BarePeer peer = await BarePeer.OverAsync(over, options: new WsSessionOptions { Pool = pool });
        ValueTask<bool> waiting = peer.Session.WaitToReceiveAsync();
        byte[] first = [.. Enumerable.Repeat((byte)1, 3000)];
        await peer.WriteAsync(peer.Frame(WireFrame.Binary, first), peer.Frame(WireFrame.Binary, [2]));
        Assert.True(await waiting.Soon());
        Assert.True(peer.Session.TryReceive(out ReceivedMessage message));
        ReadOnlyMemory<byte> bytes = message.Bytes;
        for (int i = 0; i < 20; i++)
        {
            await peer.SendAsync(WireFrame.Binary, [.. Enumerable.Repeat((byte)(3 + i), 5000)]);
            await peer.SettleAsync();
        }

        Assert.Equal(first, bytes.ToArray());
        Assert.Equal(first, message.Bytes.ToArray());
        for (int i = 0; i < 21; i++)
            Assert.Equal((byte)(2 + i), ((BytesMessage)(await peer.Session.ReceiveAsync().Soon())!).Data.Span[0]);
    }

    [Theory]
    [EveryTransport]
    public async Task View_lasts_after_the_end_of_the_session(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        ValueTask<bool> waiting = peer.Session.WaitToReceiveAsync();
        await peer.WriteAsync(peer.Frame(WireFrame.Binary, [1, 2, 3]), peer.Frame(WireFrame.Binary, [4]));
        Assert.True(await waiting.Soon());
        Assert.True(peer.Session.TryReceive(out ReceivedMessage message));
        peer.Session.Abort();
        await peer.Session.Completion.Soon();
        Assert.Equal([1, 2, 3], message.Bytes.ToArray());
        // What had arrived can still be received.
        Assert.True(await peer.Session.WaitToReceiveAsync().Soon());
        Assert.True(peer.Session.TryReceive(out message));
        Assert.Equal([4], message.Bytes.ToArray());
        Assert.False(await peer.Session.WaitToReceiveAsync().Soon());
    }

    [Theory]
    [EveryTransport]
    public async Task Views_of_compressed_messages_are_the_messages(TransportKind over)
    {
        (WsTransport near, WsTransport far) = await TransportPair.OpenAsync(over);
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(far, new WsAcceptOptions { Extensions = [new PerMessageDeflate()] });
        await using WsSession client =
            await WsSession.ConnectAsync(near, new Request("test", "/") { Extensions = [new PerMessageDeflate()] }).Soon();
        await using WsSession server = await accepting.Soon();
        Assert.Single(server.Extensions);
        for (int i = 0; i < 10; i++)
            await client.SendTextAsync(new string((char)('a' + i), 1000 * i));
        var seen = new List<string>();
        while (seen.Count < 10 && await server.WaitToReceiveAsync().Soon())
        {
            while (server.TryReceive(out ReceivedMessage message))
                seen.Add(message.Text);
        }

        Assert.Equal(Enumerable.Range(0, 10).Select(i => new string((char)('a' + i), 1000 * i)), seen);
    }

    [Theory]
    [EveryTransport]
    public async Task Enumeration_gives_a_view_each_pass_and_JSON_is_read_from_its_bytes(TransportKind over)
    {
        await using SessionPair pair = await SessionPair.OverAsync(over);
        for (int i = 0; i < 100; i++)
            await pair.Client.SendTextAsync("{\"number\":"u8.ToArray().Concat(System.Text.Encoding.ASCII.GetBytes($"{i}}}")).ToArray());
        Task<WsCloseResult> closing = pair.Client.CloseAsync().AsTask();
        int next = 0;
        await foreach (ReceivedMessage message in pair.Server.ReceiveAllAsync())
            Assert.Equal(next++, message.ReadJson(ViewJson.Default.Numbered)!.Number);
        Assert.Equal(100, next);
        await closing.Soon();
    }

    [Theory]
    [EveryTransport]
    public async Task What_is_sent_in_answer_to_messages_before_a_Close_goes_out_before_ours(TransportKind over)
    {
        foreach (bool receivesFirst in (bool[])[true, false])
        {
            await using BarePeer peer = await BarePeer.OverAsync(over);
            Task<bool> waiting = receivesFirst ? peer.Session.WaitToReceiveAsync().AsTask() : Task.FromResult(true);
            await peer.WriteAsync(
            [
                .. Enumerable.Range(0, 100).Select(i => peer.Frame(WireFrame.Binary, [(byte)i])),
                peer.Frame(WireFrame.Close, [0x03, 0xE8]),
            ]);
            await waiting.Soon();
            while (await peer.Session.ReceiveAsync().Soon() is BytesMessage message)
                await peer.Session.SendBytesAsync(message.Data);
            Assert.NotNull(peer.Session.CloseResult);
            Assert.True(peer.Session.CloseResult.IsClean);
            for (int i = 0; i < 100; i++)
                Assert.Equal([(byte)i], (await peer.ReadAsync())!.Payload);
            Assert.Equal(1000, (await peer.ReadAsync())!.CloseCode);
        }
    }

    [Theory]
    [EveryTransport]
    public async Task Close_behind_messages_that_nobody_receives_is_answered_when_the_time_is_over(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        await peer.WriteAsync(peer.Frame(WireFrame.Binary, [1]), peer.Frame(WireFrame.Close, [0x03, 0xE8]));
        await Waiting.Until(() => peer.Session.State != ConnectionState.Open);
        Assert.Null(peer.Session.CloseResult);
        peer.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(1000, (await peer.ReadAsync())!.CloseCode);
        await peer.Session.Completion.Soon();
        Assert.Equal(CloseCode.NormalClosure, peer.Session.CloseResult!.Code);
        Assert.Equal(new BytesMessage(new byte[] { 1 }), await peer.Session.ReceiveAsync().Soon());
    }

    [Theory]
    [EveryTransport]
    public async Task Views_and_batches_are_equal_where_they_are_of_the_same_receive_or_begin(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        await peer.WriteAsync(peer.Frame(WireFrame.Binary, [1]), peer.Frame(WireFrame.Binary, [1]));
        Assert.True(await peer.Session.WaitToReceiveAsync().Soon());
        Assert.True(peer.Session.TryReceive(out ReceivedMessage first));
        ReceivedMessage same = first;
        Assert.True(first == same && first.Equals((object)same) && first.GetHashCode() == same.GetHashCode());
        Assert.True(await peer.Session.WaitToReceiveAsync().Soon());
        Assert.True(peer.Session.TryReceive(out ReceivedMessage second));
        Assert.True(first != second && !first.Equals((object)second) && !first.Equals(null));

        SendBatch one = peer.Session.BeginBatch();
        SendBatch other = one;
        Assert.True(one == other && one.Equals((object)other) && one.GetHashCode() == other.GetHashCode());
        one.Dispose();
        using SendBatch next = peer.Session.BeginBatch();
        Assert.True(one != next && !one.Equals((object)next) && !one.Equals(null));
        Assert.Throws<InvalidOperationException>(() => default(SendBatch).SendText("never begun"));
        default(SendBatch).Dispose();
    }

    /// <summary>Whether the message was stored before anybody received, or was handed to a receiver that waited.</summary>
    [Theory]
    [EveryTransport(true)]
    [EveryTransport(false)]
    public async Task Receiver_of_the_last_message_before_a_Close_has_until_the_second_look_to_answer_it(TransportKind over, bool isStored)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over, sweepsByHand: true);
        await ReceiveBeforeCloseAsync(peer, isStored);
        Advance(peer, 1);
        await peer.Session.SendBytesAsync(new byte[] { 2 }).AsTask().Soon();
        Advance(peer, 2);
        Assert.Equal([2], (await peer.ReadAsync())!.Payload);
        Assert.Equal(1000, (await peer.ReadAsync())!.CloseCode);
        await Waiting.Until(() => peer.Session.CloseResult is not null);
        Assert.True(peer.Session.CloseResult!.IsClean);
    }

    [Theory]
    [EveryTransport(true)]
    [EveryTransport(false)]
    public async Task Close_is_answered_when_its_receiver_has_looked_twice_in_vain(TransportKind over, bool isStored)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over, sweepsByHand: true);
        await ReceiveBeforeCloseAsync(peer, isStored);
        Assert.False(peer.Session.TryReceive(out ReceivedMessage _));
        await peer.Session.SendBytesAsync(new byte[] { 2 }).AsTask().Soon();
        Assert.False(peer.Session.TryReceive(out ReceivedMessage _));
        Assert.Equal([2], (await peer.ReadAsync())!.Payload);
        Assert.Equal(1000, (await peer.ReadAsync())!.CloseCode);
    }

    [Theory]
    [EveryTransport]
    public async Task Close_that_comes_while_the_receiver_is_at_work_waits_for_its_answer(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over, sweepsByHand: true);
        await peer.SendAsync(WireFrame.Binary, [1]);
        await peer.SettleAsync();
        Assert.True(peer.Session.TryReceive(out ReceivedMessage _));
        await peer.SendCloseAsync(1000);
        await Waiting.Until(() => peer.Session.Reader.HoldsClose);
        await peer.Session.SendBytesAsync(new byte[] { 2 }).AsTask().Soon();
        Assert.False(await peer.Session.WaitToReceiveAsync().Soon());
        Assert.Equal([2], (await peer.ReadAsync())!.Payload);
        Assert.Equal(1000, (await peer.ReadAsync())!.CloseCode);
    }

    [Theory]
    [EveryTransport(true)]
    [EveryTransport(false)]
    public async Task Close_that_comes_when_the_receiver_has_been_away_for_long_is_answered_at_once(TransportKind over, bool isStored)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over, sweepsByHand: true);
        Task<bool> waiting = isStored ? Task.FromResult(true) : peer.Session.WaitToReceiveAsync().AsTask();
        await peer.WriteAsync(peer.Frame(WireFrame.Binary, [1]));
        if (isStored)
            await peer.SettleAsync();
        Assert.True(await waiting.Soon());
        Assert.True(peer.Session.TryReceive(out ReceivedMessage _));
        Advance(peer, 2);
        await peer.SendCloseAsync(1000);
        Assert.Equal(1000, (await peer.ReadAsync())!.CloseCode);
    }

    /// <summary>Leaves a message with the receiver, and a Close behind it.</summary>
    private static async Task ReceiveBeforeCloseAsync(BarePeer peer, bool isStored)
    {
        Task<bool> waiting = isStored ? Task.FromResult(true) : peer.Session.WaitToReceiveAsync().AsTask();
        await peer.WriteAsync(peer.Frame(WireFrame.Binary, [1]), peer.Frame(WireFrame.Close, [0x03, 0xE8]));
        if (isStored)
            await Waiting.Until(() => peer.Session.State != ConnectionState.Open);
        Assert.True(await waiting.Soon());
        Assert.True(peer.Session.TryReceive(out ReceivedMessage message));
        Assert.Equal([1], message.Bytes.ToArray());
    }

    /// <summary>Lets the session look after its receiver so often.</summary>
    private static void Advance(BarePeer peer, int looks)
    {
        for (int i = 0; i < looks; i++)
            peer.Time.Advance(TimeSpan.FromMilliseconds(50));
    }
}

internal sealed record Numbered(int Number);

[JsonSerializable(typeof(Numbered))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class ViewJson : JsonSerializerContext;
