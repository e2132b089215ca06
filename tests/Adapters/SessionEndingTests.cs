using System;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

/// <summary>The token that is cancelled as soon as a session ends.</summary>
public class SessionEndingTests
{
    [Fact]
    public async Task Ending_is_cancelled_while_messages_that_came_before_the_Close_lie_unread()
    {
        await using SessionPair pair = SessionPair.Create();
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = pair.Server.Ending.Register(told.SetResult);
        await pair.Client.SendTextAsync("unread");
        Assert.False(pair.Server.Ending.IsCancellationRequested);
        ValueTask<WsCloseResult> closing = pair.Client.CloseAsync(CloseCode.GoingAway, "bye");
        await told.Task.Soon();
        Assert.Equal("unread", Assert.IsType<TextMessage>(await pair.Server.ReceiveAsync().Soon()).Data);
        Assert.Null(await pair.Server.ReceiveAsync().Soon());
        await closing.Soon();
        Assert.Equal(WsCloseCause.Peer, (await pair.Server.Completion.Soon()).Cause);
        Assert.True(pair.Client.Ending.IsCancellationRequested);
    }

    [Fact]
    public async Task Close_of_this_side_after_the_peers_is_the_peers_doing()
    {
        await using SessionPair pair = SessionPair.Create();
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = pair.Server.Ending.Register(told.SetResult);
        await pair.Client.SendTextAsync("unread");
        ValueTask<WsCloseResult> closing = pair.Client.CloseAsync((CloseCode)4000, "bye");
        await told.Task.Soon();
        WsCloseResult result = await pair.Server.CloseAsync().Soon();
        Assert.Equal(((CloseCode)4000, "bye", WsCloseCause.Peer), (result.Code, result.Reason, result.Cause));
        await closing.Soon();
    }

    [Fact]
    public async Task Application_that_throws_when_it_is_told_is_noted()
    {
        await using SessionPair pair = SessionPair.Create();
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = pair.Server.Ending.Register(() =>
        {
            told.SetResult();
            throw new InvalidOperationException("at the wrong time");
        });
        pair.Client.Abort();
        await told.Task.Soon();
        Assert.Equal(WsCloseCause.Lost, (await pair.Server.Completion.Soon()).Cause);
        Assert.Equal(ConnectionState.Closed, pair.Server.State);
    }
}
