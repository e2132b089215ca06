using System.Collections.Concurrent;
using WsProto.Adapters.Client;
using WsProto.Adapters.Tests.Support;
using WsProto.Adapters.Transports;

namespace WsProto.Adapters.Tests;

/// <summary>A client that connects again, over memory and in made-up time.</summary>
public sealed class WsReconnectingClientTests : IAsyncLifetime, IAsyncDisposable
{
    private readonly ManualTime _time = new();
    private readonly ConcurrentQueue<WsReconnectChange> _changes = new();
    private readonly ConcurrentQueue<WsSession> _servers = new();
    private readonly Queue<Func<Task>> _refusals = new();
    private int _attempts;
    private WsReconnectingClient? _client;

    private WsReconnectOptions Options => new()
    {
        TimeProvider = _time,
        Random = () => 1,
        OnStateChanged = _changes.Enqueue,
        StableAfter = TimeSpan.FromHours(1),
    };

    public Task InitializeAsync() => Task.CompletedTask;

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        Task disposing = _client?.DisposeAsync().AsTask() ?? Task.CompletedTask;
        foreach (WsSession server in _servers)
            server.Abort();
        await disposing.Soon();
    }

    [Fact]
    public async Task Messages_of_one_connection_after_the_other_are_one_enumeration()
    {
        WsReconnectingClient client = Create(Options);
        Task<List<string>> reading = ReadAsync(client);
        WsSession first = await ServerAsync(1);
        await first.SendTextAsync("1").AsTask().Soon();
        await first.SendTextAsync("2").AsTask().Soon();
        await first.CloseAsync(CloseCode.GoingAway).Soon();
        await DelayAsync(TimeSpan.FromSeconds(5));
        WsSession second = await ServerAsync(2);
        await second.SendTextAsync("3").AsTask().Soon();
        await second.CloseAsync(CloseCode.NormalClosure).Soon();
        Assert.Equal(["1", "2", "3"], await reading.Soon());
        Assert.Equal(WsReconnectState.Stopped, client.State);
        Assert.Equal(
            [
                WsReconnectState.Connecting, WsReconnectState.Connected, WsReconnectState.Waiting, WsReconnectState.Connecting,
                WsReconnectState.Connected, WsReconnectState.Stopped,
            ],
            _changes.Select(change => change.State));
        Assert.Equal(0, _time.Pending);
    }

    [Fact]
    public void Loop_of_ones_own_decides_as_the_client_does()
    {
        var asked = new List<WsReconnectContext>();
        WsReconnectOptions options = Options with
        {
            Policy = context =>
            {
                asked.Add(context);
                return context.Attempt == 3 ? null : context.Delay * 2;
            },
        };
        var failure = new TimeoutException();
        Assert.Equal(TimeSpan.FromSeconds(20), options.Decide(2, failure));
        Assert.Null(options.Decide(3, failure));
        Assert.Equal(
            [
                new WsReconnectContext { Attempt = 2, Failure = failure, Delay = TimeSpan.FromSeconds(10) },
                new WsReconnectContext { Attempt = 3, Failure = failure, Delay = TimeSpan.FromSeconds(20) },
            ],
            asked);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.Decide(0, failure));
        Assert.Throws<ArgumentNullException>(() => options.Decide(1, null!));
    }

    [Fact]
    public async Task Who_sees_the_end_of_the_messages_sees_the_state_of_the_end()
    {
        WsReconnectingClient? client = null;
        bool hasEnded = true;
        client = Create(Options with
        {
            OnStateChanged = change =>
            {
                if (change.State == WsReconnectState.Stopped)
                    hasEnded = client!.ReadAllAsync().GetAsyncEnumerator().MoveNextAsync().AsTask().IsCompleted;
                _changes.Enqueue(change);
            },
        });
        client.Start();
        await (await ServerAsync(1)).CloseAsync(CloseCode.NormalClosure).Soon();
        await Waiting.Until(() => client.State == WsReconnectState.Stopped
            && _changes.Any(change => change.State == WsReconnectState.Stopped));
        Assert.False(hasEnded);
    }

    [Fact]
    public async Task Delays_double_up_to_the_most_and_begin_anew_after_a_connection_that_lasted()
    {
        WsReconnectOptions options = Options with
        {
            InitialDelay = TimeSpan.FromSeconds(1),
            MaxDelay = TimeSpan.FromSeconds(5),
            StableAfter = TimeSpan.FromSeconds(10),
        };
        WsReconnectingClient client = Create(options);
        for (int i = 0; i < 4; i++)
            _refusals.Enqueue(() => throw new TimeoutException("not now"));
        client.Start();
        foreach (int seconds in (int[])[1, 2, 4, 5])
            await DelayAsync(TimeSpan.FromSeconds(seconds));
        WsSession server = await ServerAsync(1);
        // It did not last, so it counts with the others.
        server.Abort();
        await DelayAsync(TimeSpan.FromSeconds(5));
        server = await ServerAsync(2);
        // It lasts from when the client has it.
        await Waiting.Until(() => client.State == WsReconnectState.Connected);
        _time.Advance(TimeSpan.FromSeconds(10));
        server.Abort();
        await DelayAsync(TimeSpan.FromSeconds(1));
        await ServerAsync(3);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.5, 2500)]
    [InlineData(1, 5000)]
    public void Delay_is_drawn_between_nothing_and_its_bound(double random, int milliseconds) =>
        Assert.Equal(
            TimeSpan.FromMilliseconds(milliseconds),
            Backoff.DelayFor(new WsReconnectOptions { Random = () => random }, 1, new WsClosedException()));

    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 10)]
    [InlineData(4, 40)]
    [InlineData(5, 60)]
    [InlineData(1_000_000, 60)]
    [InlineData(int.MaxValue, 60)]
    public void Bound_doubles_and_does_not_overflow(int attempt, int seconds) =>
        Assert.Equal(
            TimeSpan.FromSeconds(seconds),
            Backoff.DelayFor(new WsReconnectOptions { Random = () => 1 }, attempt, new WsClosedException()));

    [Theory]
    [Trait("RFC", "9110 §10.2.3")]
    [InlineData("120", 120)]
    [InlineData("999999999", 3600)]
    [InlineData("99999999999999", 5)]
    [InlineData("-5", 5)]
    [InlineData("3", 5)]
    [InlineData("soon", 5)]
    [InlineData("Thu, 01 Jan 1970 00:01:00 GMT", 60)]
    [InlineData("Wed, 31 Dec 1969 00:00:00 GMT", 5)]
    public void Server_that_names_a_time_is_heeded_within_bounds(string retryAfter, int seconds)
    {
        var refused = new WsHandshakeException("busy") { StatusCode = 503, Headers = [("Retry-After", retryAfter)] };
        Assert.Equal(TimeSpan.FromSeconds(seconds), Backoff.DelayFor(Options, 1, refused));
    }

    [Fact]
    public async Task Hook_comes_before_messages_each_time()
    {
        var order = new ConcurrentQueue<string>();
        WsReconnectingClient client = Create(Options with
        {
            OnConnected = async (session, token) =>
            {
                await session.SendTextAsync("subscribe", token);
                order.Enqueue("hook " + await session.ReceiveAsync(token));
            },
        });
        Task sending = client.SendTextAsync("message").AsTask();
        Task<List<string>> reading = ReadAsync(client);
        WsSession server = await ServerAsync(1);
        Assert.Equal(new TextMessage("subscribe"), await server.ReceiveAsync().Soon());
        Assert.False(sending.IsCompleted);
        Assert.Equal((WsReconnectState.Connecting, null), (client.State, client.Session));
        await server.SendTextAsync("subscribed").AsTask().Soon();
        Assert.Equal(new TextMessage("message"), await server.ReceiveAsync().Soon());
        await sending.Soon();
        server.Abort();
        await DelayAsync(TimeSpan.FromSeconds(5));
        server = await ServerAsync(2);
        Assert.Equal(new TextMessage("subscribe"), await server.ReceiveAsync().Soon());
        await server.SendTextAsync("again").AsTask().Soon();
        await server.SendTextAsync("news").AsTask().Soon();
        await server.CloseAsync().Soon();
        Assert.Equal(["news"], await reading.Soon());
        Assert.Equal(2, order.Count);
    }

    [Fact]
    public async Task Hook_that_throws_is_a_failed_attempt_and_its_session_is_closed()
    {
        int hooks = 0;
        WsReconnectingClient client = Create(
            Options with { OnConnected = (_, _) => hooks++ == 0 ? throw new FormatException("no") : default });
        client.Start();
        WsSession server = await ServerAsync(1);
        Assert.Null(await server.ReceiveAsync().Soon());
        Assert.IsType<FormatException>((await DelayAsync(TimeSpan.FromSeconds(5))).Failure);
        await ServerAsync(2);
        await Waiting.Until(() => client.State == WsReconnectState.Connected);
    }

    [Fact]
    public async Task What_is_sent_while_away_waits_for_the_next_connection()
    {
        WsReconnectingClient client = Create(Options);
        client.Start();
        WsSession server = await ServerAsync(1);
        server.Abort();
        await Waiting.Until(() => client.State == WsReconnectState.Waiting);
        Task sending = client.SendTextAsync("late").AsTask();
        Assert.False(sending.IsCompleted);
        await DelayAsync(TimeSpan.FromSeconds(5));
        server = await ServerAsync(2);
        Assert.Equal(new TextMessage("late"), await server.ReceiveAsync().Soon());
        await sending.Soon();
        await client.SendBytesAsync(new byte[] { 1 }).AsTask().Soon();
        Assert.Equal(new BytesMessage(new byte[] { 1 }), await server.ReceiveAsync().Soon());
    }

    [Theory]
    [InlineData(SendWhileAway.Wait)]
    [InlineData(SendWhileAway.Fail)]
    public async Task Send_on_a_connection_that_closes_just_now_waits_for_the_next_or_fails(SendWhileAway whileAway)
    {
        WsSession? current = null;
        WsReconnectingClient client = Create(Options with
        {
            SendWhileAway = whileAway,
            OnConnected = (session, _) =>
            {
                current = session;
                return default;
            },
        });
        client.Start();
        await ServerAsync(1);
        await Waiting.Until(() => client.State == WsReconnectState.Connected);
        Task closing = current!.CloseAsync(CloseCode.GoingAway).AsTask();
        Task sending = client.SendTextAsync("late").AsTask();
        if (whileAway == SendWhileAway.Fail)
        {
            await Assert.ThrowsAsync<WsClosedException>(() => sending.Soon());
            return;
        }

        await closing.Soon();
        await DelayAsync(TimeSpan.FromSeconds(5));
        WsSession server = await ServerAsync(2);
        await sending.Soon();
        Assert.Equal(new TextMessage("late"), await server.ReceiveAsync().Soon());
    }

    [Fact]
    public async Task Connections_that_were_not_read_are_let_go_when_the_client_is_disposed_of()
    {
        WsReconnectingClient client = Create(Options);
        client.Start();
        for (int i = 1; i <= 2; i++)
        {
            WsSession server = await ServerAsync(i);
            await server.SendTextAsync("unread").AsTask().Soon();
            await server.CloseAsync(CloseCode.GoingAway).Soon();
            await DelayAsync(TimeSpan.FromSeconds(5 * i));
        }

        WsSession last = await ServerAsync(3);
        await client.DisposeAsync().AsTask().Soon();
        Assert.Equal(CloseCode.NormalClosure, (await last.Completion.Soon()).Code);
        Assert.Equal(WsReconnectState.Stopped, client.State);
        Assert.Equal(0, _time.Pending);
    }

    [Fact]
    public async Task What_is_sent_while_away_fails_where_that_is_wanted()
    {
        WsReconnectingClient client = Create(Options with { SendWhileAway = SendWhileAway.Fail });
        client.Start();
        WsSession server = await ServerAsync(1);
        await Waiting.Until(() => client.State == WsReconnectState.Connected);
        await client.SendTextAsync("now").AsTask().Soon();
        Assert.Equal(new TextMessage("now"), await server.ReceiveAsync().Soon());
        server.Abort();
        await Waiting.Until(() => client.State == WsReconnectState.Waiting);
        await Assert.ThrowsAsync<WsClosedException>(() => client.SendTextAsync("late").AsTask().Soon());
    }

    [Fact]
    public async Task Send_that_waits_can_be_cancelled()
    {
        _refusals.Enqueue(() => throw new TimeoutException());
        WsReconnectingClient client = Create(Options);
        using var cancel = new CancellationTokenSource();
        Task sending = client.SendTextAsync("never", cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.Soon());
        await DelayAsync(TimeSpan.FromSeconds(5));
        WsSession server = await ServerAsync(1);
        await client.SendTextAsync("first").AsTask().Soon();
        Assert.Equal(new TextMessage("first"), await server.ReceiveAsync().Soon());
    }

    public static TheoryData<WsException, bool> Failures => new()
    {
        { new WsClosedException("m") { Cause = WsCloseCause.Peer, Code = CloseCode.NormalClosure }, true },
        { new WsClosedException("m") { Cause = WsCloseCause.Peer, Code = CloseCode.PolicyViolation }, true },
        { new WsClosedException("m") { Cause = WsCloseCause.Peer, Code = CloseCode.ProtocolError }, true },
        { new WsClosedException("m") { Cause = WsCloseCause.Peer, Code = CloseCode.GoingAway }, false },
        { new WsClosedException("m") { Cause = WsCloseCause.Peer, Code = CloseCode.ServiceRestart }, false },
        { new WsClosedException("m") { Cause = WsCloseCause.Peer, Code = (CloseCode)4001 }, false },
        { new WsClosedException("m") { Cause = WsCloseCause.KeepAlive }, false },
        { new WsClosedException("m") { Cause = WsCloseCause.Lost }, false },
        { new WsHandshakeException("m"), false },
        { new WsHandshakeException("m") { StatusCode = 401 }, true },
        { new WsHandshakeException("m") { StatusCode = 404 }, true },
        { new WsHandshakeException("m") { StatusCode = 408 }, false },
        { new WsHandshakeException("m") { StatusCode = 425 }, false },
        { new WsHandshakeException("m") { StatusCode = 429 }, false },
        { new WsHandshakeException("m") { StatusCode = 503 }, false },
        { new WsHandshakeException("m") { StatusCode = 302 }, false },
    };

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public void Default_gives_up_where_the_same_would_fail_again(WsException failure, bool givesUp)
    {
        var context = new WsReconnectContext { Attempt = 1, Failure = failure, Delay = TimeSpan.FromSeconds(7) };
        Assert.Equal(givesUp ? null : TimeSpan.FromSeconds(7), WsReconnectOptions.DefaultPolicy(context));
    }

    [Theory]
    [InlineData(typeof(ArgumentException), true)]
    [InlineData(typeof(NotSupportedException), true)]
    [InlineData(typeof(NullReferenceException), false)]
    [InlineData(typeof(ObjectDisposedException), false)]
    [InlineData(typeof(IOException), false)]
    [InlineData(typeof(TimeoutException), false)]
    [InlineData(typeof(HttpRequestException), false)]
    [InlineData(typeof(TaskCanceledException), false)]
    public void Default_gives_up_where_the_program_is_wrong(Type failure, bool givesUp)
    {
        var exception = (Exception)Activator.CreateInstance(failure, "m")!;
        var context = new WsReconnectContext { Attempt = 1, Failure = exception, Delay = TimeSpan.FromSeconds(7) };
        Assert.Equal(givesUp ? null : TimeSpan.FromSeconds(7), WsReconnectOptions.DefaultPolicy(context));
    }

    [Theory]
    [InlineData("ftp://localhost/")]
    [InlineData("/relative")]
    public void Uri_that_can_never_be_connected_to_is_refused_at_once(string address) =>
        Assert.Throws<ArgumentException>(() => new WsReconnectingClient(new Uri(address, UriKind.RelativeOrAbsolute)));

    [Fact]
    public async Task Connects_now_where_it_waits()
    {
        WsReconnectingClient client = Create(Options);
        client.ConnectNow(); // it does not wait
        client.Start();
        WsSession first = await ServerAsync(1);
        await client.SendTextAsync("grüß"u8.ToArray()).AsTask().Soon();
        Assert.Equal(new TextMessage("grüß"), await first.ReceiveAsync().Soon());
        await first.CloseAsync(CloseCode.GoingAway).Soon();
        await Waiting.Until(() => client.State == WsReconnectState.Waiting);
        client.ConnectNow();
        client.ConnectNow();
        WsSession second = await ServerAsync(2);
        await client.SendTextAsync("there").AsTask().Soon();
        Assert.Equal(new TextMessage("there"), await second.ReceiveAsync().Soon());
        Assert.Equal(0, _time.Pending);
    }

    [Fact]
    public async Task Client_that_gives_up_says_why_to_all_who_wait()
    {
        _refusals.Enqueue(() => throw new WsHandshakeException("no") { StatusCode = 401 });
        WsReconnectingClient client = Create(Options);
        Task sending = client.SendTextAsync("never").AsTask();
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(() => ReadAsync(client).Soon());
        Assert.Equal(401, e.StatusCode);
        WsClosedException closed = await Assert.ThrowsAsync<WsClosedException>(() => sending.Soon());
        Assert.Same(e, closed.InnerException);
        await Assert.ThrowsAsync<WsClosedException>(() => client.SendTextAsync("never").AsTask().Soon());
        Assert.Equal((WsReconnectState.Stopped, e), (client.State, _changes.Last().Failure));
        Assert.Equal(1, _attempts);
    }

    [Fact]
    public async Task Policy_decides_by_the_number_of_attempts()
    {
        var seen = new List<int>();
        for (int i = 0; i < 3; i++)
            _refusals.Enqueue(() => throw new TimeoutException());
        WsReconnectingClient client = Create(Options with
        {
            Policy = context =>
            {
                seen.Add(context.Attempt);
                return context.Attempt < 3 ? TimeSpan.FromSeconds(1) : null;
            },
        });
        Task<List<string>> reading = ReadAsync(client);
        await DelayAsync(TimeSpan.FromSeconds(1));
        await DelayAsync(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<TimeoutException>(() => reading.Soon());
        Assert.Equal([1, 2, 3], seen);
    }

    [Fact]
    public async Task Policy_that_throws_ends_the_client_with_that()
    {
        _refusals.Enqueue(() => throw new TimeoutException());
        WsReconnectingClient client = Create(Options with { Policy = _ => throw new FormatException() });
        await Assert.ThrowsAsync<FormatException>(() => ReadAsync(client).Soon());
    }

    [Fact]
    public async Task Client_is_closed_with_its_session_and_the_enumeration_ends()
    {
        WsReconnectingClient client = Create(Options);
        Task<List<string>> reading = ReadAsync(client);
        WsSession server = await ServerAsync(1);
        await server.SendTextAsync("last").AsTask().Soon();
        await Waiting.Until(() => client.State == WsReconnectState.Connected);
        Task closing = client.CloseAsync((CloseCode)4000, "done");
        Assert.Null(await server.ReceiveAsync().Soon());
        Assert.Equal(((CloseCode)4000, "done"), (server.CloseResult!.Code, server.CloseResult.Reason));
        await closing.Soon();
        Assert.Equal(["last"], await reading.Soon());
        await Assert.ThrowsAsync<WsClosedException>(() => client.SendTextAsync("late").AsTask().Soon());
        Assert.Equal(0, _time.Pending);
    }

    [Fact]
    public async Task Client_that_waits_is_closed_at_once()
    {
        _refusals.Enqueue(() => throw new TimeoutException());
        WsReconnectingClient client = Create(Options);
        Task<List<string>> reading = ReadAsync(client);
        await Waiting.Until(() => client.State == WsReconnectState.Waiting);
        await client.CloseAsync().Soon();
        Assert.Empty(await reading.Soon());
        Assert.Equal(0, _time.Pending);
    }

    [Fact]
    public async Task Client_that_connects_is_closed_at_once()
    {
        _refusals.Enqueue(() => Task.Delay(Timeout.Infinite, CancellationToken.None));
        WsReconnectingClient client = Create(Options);
        client.Start();
        await Waiting.Until(() => _attempts == 1);
        await client.CloseAsync().Soon();
        Assert.Throws<ObjectDisposedException>(client.Start);
        Assert.Null(_changes.Last().Failure);
    }

    [Fact]
    public async Task Client_whose_hook_waits_is_closed_at_once()
    {
        WsReconnectingClient client = Create(
            Options with { OnConnected = async (session, _) => await session.ReceiveAsync(CancellationToken.None) });
        client.Start();
        await ServerAsync(1);
        await client.CloseAsync().Soon();
        Assert.Equal(WsReconnectState.Stopped, client.State);
    }

    [Fact]
    public async Task Client_that_was_never_started_is_closed_and_reads_nothing()
    {
        WsReconnectingClient client = Create(Options);
        Assert.Equal(WsReconnectState.NotStarted, client.State);
        await client.CloseAsync().Soon();
        Assert.Empty(await ReadAsync(client).Soon());
        await Assert.ThrowsAsync<WsClosedException>(() => client.SendTextAsync("x").AsTask().Soon());
        Assert.Equal(0, _attempts);
    }

    [Fact]
    public async Task Enumeration_that_is_cancelled_is_gone_on_with_by_the_next()
    {
        WsReconnectingClient client = Create(Options);
        using var cancel = new CancellationTokenSource();
        Task<List<string>> reading = ReadAsync(client, cancel.Token);
        WsSession server = await ServerAsync(1);
        await Waiting.Until(() => client.State == WsReconnectState.Connected);
        await Assert.ThrowsAsync<InvalidOperationException>(() => ReadAsync(client).Soon());
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.Soon());
        await server.SendTextAsync("kept").AsTask().Soon();
        await server.CloseAsync().Soon();
        Assert.Equal(["kept"], await ReadAsync(client).Soon());
    }

    [Fact]
    public async Task Reader_that_is_behind_loses_nothing_and_the_next_connection_does_not_wait_for_it()
    {
        WsReconnectingClient client = Create(Options);
        IAsyncEnumerator<Message> reader = client.ReadAllAsync().GetAsyncEnumerator();
        Task<bool> moving = reader.MoveNextAsync().AsTask();
        WsSession server = await ServerAsync(1);
        await server.SendTextAsync("1").AsTask().Soon();
        Assert.True(await moving.Soon());
        await server.SendTextAsync("2").AsTask().Soon();
        await server.CloseAsync(CloseCode.GoingAway).Soon();
        await DelayAsync(TimeSpan.FromSeconds(5));
        server = await ServerAsync(2);
        await server.SendTextAsync("3").AsTask().Soon();
        await server.CloseAsync(CloseCode.GoingAway).Soon();
        // A third is not connected to before the first was read to its end.
        await DelayAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(2, _attempts);
        Assert.True(await reader.MoveNextAsync().AsTask().Soon());
        Assert.Equal(new TextMessage("2"), reader.Current);
        Assert.True(await reader.MoveNextAsync().AsTask().Soon());
        Assert.Equal(new TextMessage("3"), reader.Current);
        await ServerAsync(3);
        await reader.DisposeAsync();
    }

    [Fact]
    public async Task Client_that_only_sends_is_not_held_up_by_what_it_does_not_read()
    {
        WsReconnectingClient client = Create(Options with { InitialDelay = TimeSpan.FromSeconds(1), MaxDelay = TimeSpan.FromSeconds(1) });
        client.Start();
        for (int i = 1; i <= 5; i++)
        {
            WsSession server = await ServerAsync(i);
            await server.SendTextAsync("unread").AsTask().Soon();
            await client.SendTextAsync("sent").AsTask().Soon();
            Assert.Equal(new TextMessage("sent"), await server.ReceiveAsync().Soon());
            server.Abort();
            await DelayAsync(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public async Task Who_is_told_of_changes_and_fails_at_that_harms_nobody()
    {
        WsReconnectingClient client = Create(Options with { OnStateChanged = _ => throw new FormatException() });
        Task<List<string>> reading = ReadAsync(client);
        WsSession server = await ServerAsync(1);
        await server.SendTextAsync("all the same").AsTask().Soon();
        await server.CloseAsync().Soon();
        Assert.Equal(["all the same"], await reading.Soon());
    }

    [Fact]
    public async Task Server_on_a_socket_is_found_again_after_it_was_restarted()
    {
        using var peer = new ClientPeer();
        _client = new WsReconnectingClient(peer.Uri(), new WsClientOptions { Subprotocols = [] }, Options);
        Task<List<string>> reading = ReadAsync(_client);
        for (int i = 0; i < 2; i++)
        {
            await using WsSession server = await peer.AcceptWebSocketAsync();
            await server.SendTextAsync("hello").AsTask().Soon();
            await server.CloseAsync(i == 0 ? CloseCode.ServiceRestart : CloseCode.NormalClosure).Soon();
            if (i == 0)
                await DelayAsync(TimeSpan.FromSeconds(5));
        }

        Assert.Equal(["hello", "hello"], await reading.Soon());
    }

    private WsReconnectingClient Create(WsReconnectOptions options) => _client = new WsReconnectingClient(ConnectAsync, options);

    /// <summary>A session over memory, and its server's end for the test, unless the attempt is to fail.</summary>
    private async ValueTask<WsSession> ConnectAsync(CancellationToken cancellationToken)
    {
        _attempts++;
        if (_refusals.TryDequeue(out Func<Task>? refuse))
            await refuse().WaitAsync(cancellationToken);
        (MemoryTransport near, MemoryTransport far) = MemoryTransport.CreatePair();
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(far, null, cancellationToken);
        WsSession session = await WsSession.ConnectAsync(near, new Request("h", "/"), null, cancellationToken);
        _servers.Enqueue(await accepting);
        return session;
    }

    private async Task<WsSession> ServerAsync(int number)
    {
        await Waiting.Until(() => _servers.Count >= number);
        return _servers.ElementAt(number - 1);
    }

    /// <summary>Waits until the client waits, wants it to do so for so long, and lets that time pass.</summary>
    private async Task<WsReconnectChange> DelayAsync(TimeSpan delay)
    {
        await Waiting.Until(() => _changes.LastOrDefault() is { State: WsReconnectState.Waiting } && _time.Pending == 1);
        WsReconnectChange change = _changes.Last();
        Assert.Equal(delay, change.Delay);
        int count = _changes.Count;
        _time.Advance(delay - TimeSpan.FromTicks(1));
        Assert.Equal(WsReconnectState.Waiting, _client!.State);
        _time.Advance(TimeSpan.FromTicks(1));
        await Waiting.Until(() => _changes.Count > count);
        return change;
    }

    private static async Task<List<string>> ReadAsync(WsReconnectingClient client, CancellationToken cancellationToken = default)
    {
        var texts = new List<string>();
        await foreach (Message message in client.ReadAllAsync(cancellationToken))
            texts.Add(((TextMessage)message).Data);
        return texts;
    }
}
