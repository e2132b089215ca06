using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

/// <summary>Broadcasts that no member can spoil.</summary>
public sealed class WsSessionGroupTests
{
    private readonly WsSessionGroup _group = new();

    [Theory]
    [EveryTransport]
    public async Task All_members_get_the_message_but_the_one_that_is_left_out(TransportKind over)
    {
        await using SessionPair a = await SessionPair.OverAsync(over);
        await using SessionPair b = await SessionPair.OverAsync(over);
        await using SessionPair c = await SessionPair.OverAsync(over);
        Assert.True(_group.Add(a.Server));
        Assert.True(_group.Add(b.Server));
        Assert.False(_group.Add(b.Server));
        Assert.Equal((2, true, false), (_group.Count, _group.Contains(a.Server), _group.Contains(c.Server)));
        Assert.Equal([a.Server, b.Server], _group.Sessions.OrderBy(session => session.Id));

        Assert.Equal(2, await _group.SendTextAsync("to all: ä").Soon());
        Assert.Equal(new TextMessage("to all: ä"), await a.Client.ReceiveAsync().Soon());
        Assert.Equal(new TextMessage("to all: ä"), await b.Client.ReceiveAsync().Soon());
        Assert.Equal(1, await _group.SendBytesAsync(new byte[] { 1, 2 }, except: a.Server).Soon());
        Assert.Equal(new BytesMessage(new byte[] { 1, 2 }), await b.Client.ReceiveAsync().Soon());
        Assert.Equal(1, await _group.SendAsync(PreparedMessage.FromText("to a"), except: b.Server).Soon());
        Assert.Equal(new TextMessage("to a"), await a.Client.ReceiveAsync().Soon());
        Assert.Equal(2, a.ToClient.Messages.Count);
        Assert.Empty(c.ToClient.Messages);
    }

    [Theory]
    [EveryTransport]
    public async Task Broadcast_that_was_cancelled_before_reaches_nobody(TransportKind over)
    {
        await using SessionPair pair = await SessionPair.OverAsync(over);
        _group.Add(pair.Server);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _group.SendTextAsync("never", cancellationToken: new CancellationToken(true)).AsTask());
        Assert.Equal(1, await _group.SendTextAsync("next").Soon());
        Assert.Equal(new TextMessage("next"), await pair.Client.ReceiveAsync().Soon());
    }

    [Theory]
    [EveryTransport]
    public async Task Member_that_was_removed_gets_nothing_more(TransportKind over)
    {
        await using SessionPair pair = await SessionPair.OverAsync(over);
        _group.Add(pair.Server);
        Assert.True(_group.Remove(pair.Server));
        Assert.False(_group.Remove(pair.Server));
        Assert.Equal(0, await _group.SendTextAsync("to nobody").Soon());
        Assert.True(_group.Add(pair.Server));
        Assert.Equal(1, await _group.SendTextAsync("back").Soon());
        Assert.Equal(new TextMessage("back"), await pair.Client.ReceiveAsync().Soon());
    }

    [Theory]
    [EveryTransport]
    public async Task Member_that_has_ended_is_none_any_more(TransportKind over)
    {
        await using SessionPair pair = await SessionPair.OverAsync(over);
        _group.Add(pair.Server);
        pair.Client.Abort();
        await pair.Server.Completion.Soon();
        await Waiting.Until(() => _group.Count == 0);
        Assert.False(_group.Add(pair.Server));
        Assert.Equal(0, _group.Count);
    }

    /// <summary>Between the look at its state and the send there is time for anything, so members leave all the time here.</summary>
    [Theory]
    [EveryTransport]
    public async Task Member_that_leaves_during_a_broadcast_spoils_it_for_nobody(TransportKind over)
    {
        await using SessionPair faithful = await SessionPair.OverAsync(over);
        _group.Add(faithful.Server);
        Task<int> heard = HearAsync(faithful.Client);
        // TLS takes its time to open.
        int rounds = over == TransportKind.Memory ? 300 : 20;
        for (int round = 0; round < rounds; round++)
        {
            await using SessionPair leaver = await SessionPair.OverAsync(over);
            _group.Add(leaver.Server);
            Task leaving = Task.Run(() => leaver.Server.Abort());
            Assert.InRange(await _group.SendTextAsync("x").Soon(), 1, 2);
            await leaving;
        }

        await faithful.Server.CloseAsync().Soon();
        Assert.Equal(rounds, await heard.Soon());
        await Waiting.Until(() => _group.Count == 0);
    }

    [Fact]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    public async Task Member_that_does_not_keep_up_holds_the_send_and_not_the_others()
    {
        await using SessionPair slow =
            SessionPair.Create(server: new WsSessionOptions { MaxSendBacklog = 1 }, toClient: new() { Capacity = 1 });
        await using SessionPair fast = SessionPair.Create();
        slow.ServerMemory.Stall();
        await slow.Server.SendTextAsync("one under way").AsTask().Soon();
        _group.Add(slow.Server);
        _group.Add(fast.Server);
        Task<int> sending = _group.SendTextAsync("news").AsTask();
        Assert.Equal(new TextMessage("news"), await fast.Client.ReceiveAsync().Soon());
        Assert.False(sending.IsCompleted);
        slow.Server.Abort();
        slow.Client.Abort();
        Assert.Equal(1, await sending.Soon());
    }

    [Fact]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    public async Task Waiting_for_a_member_can_be_given_up()
    {
        await using SessionPair slow =
            SessionPair.Create(server: new WsSessionOptions { MaxSendBacklog = 1 }, toClient: new() { Capacity = 1 });
        slow.ServerMemory.Stall();
        await slow.Server.SendTextAsync("one under way").AsTask().Soon();
        _group.Add(slow.Server);
        using var cancel = new CancellationTokenSource();
        Task<int> sending = _group.SendTextAsync("news", cancellationToken: cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.Soon());
        slow.Server.Abort();
        slow.Client.Abort();
    }

    [Fact]
    [OneTransport(OneTransportReason.UsesNoBytes)]
    public async Task What_cannot_be_sent_is_the_callers_mistake()
    {
        await Assert.ThrowsAsync<ArgumentNullException>(() => _group.SendTextAsync(null!).Soon());
        await Assert.ThrowsAsync<ArgumentNullException>(() => _group.SendAsync(null!).Soon());
        await Assert.ThrowsAnyAsync<ArgumentException>(() => _group.SendTextAsync("\uD800").Soon());
        Assert.Throws<ArgumentNullException>(() => _group.Add(null!));
        Assert.Throws<ArgumentNullException>(() => _group.Remove(null!));
        Assert.Throws<ArgumentNullException>(() => _group.Contains(null!));
    }

    private static async Task<int> HearAsync(WsSession session)
    {
        int count = 0;
        while (await session.ReceiveAsync() is not null)
            count++;
        return count;
    }
}
