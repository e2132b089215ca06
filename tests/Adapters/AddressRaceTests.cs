using System.Net;
using System.Net.Sockets;
using WsProto.Adapters.Client;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

/// <summary>Which address of a name is connected to, in made-up time.</summary>
[Trait("RFC", "8305 §5")]
public sealed class AddressRaceTests
{
    private static readonly TimeSpan _delay = TimeSpan.FromMilliseconds(250);
    private static readonly IPAddress[] _addresses =
    [
        IPAddress.Parse("2001:db8::1"), IPAddress.Parse("192.0.2.1"), IPAddress.Parse("2001:db8::2"),
    ];

    private readonly ManualTime _time = new();
    private readonly List<(TimeSpan At, string Address, TaskCompletionSource<Socket> Answer, CancellationToken Token)> _dials = [];
    private readonly List<Socket> _sockets = [];

    [Fact]
    [Trait("RFC", "8305 §4")]
    public void Families_take_turns_beginning_with_the_first()
    {
        Assert.Equal(["::1", "1.1.1.1", "::2", "2.2.2.2", "::3"], Order("::1", "::2", "::3", "1.1.1.1", "2.2.2.2"));
        Assert.Equal(["1.1.1.1", "::1", "2.2.2.2"], Order("1.1.1.1", "2.2.2.2", "::1"));
        Assert.Equal(["1.1.1.1", "2.2.2.2"], Order("1.1.1.1", "2.2.2.2"));
        Assert.Equal(["::1"], Order("::1"));

        static IEnumerable<string> Order(params string[] addresses) =>
            AddressRace.Interleave([.. addresses.Select(IPAddress.Parse)]).Select(address => address.ToString());
    }

    [Fact]
    public async Task First_that_answers_at_once_is_the_only_one_that_is_tried()
    {
        Task<Socket> racing = RaceAsync();
        Socket socket = Answer(0);
        Assert.Same(socket, await racing.Soon());
        Assert.Single(_dials);
        Assert.Equal(0, _time.Pending);
    }

    [Fact]
    public async Task Address_that_does_not_answer_costs_the_delay_and_its_attempt_is_broken_off_in_the_end()
    {
        Task<Socket> racing = RaceAsync();
        _time.Advance(_delay - TimeSpan.FromTicks(1));
        Assert.Single(_dials);
        _time.Advance(TimeSpan.FromTicks(1));
        await Waiting.Until(() => _dials.Count == 2);
        Assert.False(_dials[0].Token.IsCancellationRequested);
        Socket socket = Answer(1);
        Assert.Same(socket, await racing.Soon());
        Assert.Equal([(TimeSpan.Zero, "2001:db8::1"), (_delay, "192.0.2.1")], _dials.Select(dial => (dial.At, dial.Address)));
        Assert.True(_dials[0].Token.IsCancellationRequested);
        Assert.Equal(0, _time.Pending);
        // Should it answer all the same, nobody keeps the connection.
        Socket late = Answer(0);
        await Waiting.Until(() => late.SafeHandle.IsClosed);
    }

    [Fact]
    public async Task First_may_win_after_the_second_has_begun()
    {
        Task<Socket> racing = RaceAsync();
        _time.Advance(_delay);
        await Waiting.Until(() => _dials.Count == 2);
        Socket socket = Answer(0);
        Assert.Same(socket, await racing.Soon());
        Assert.True(_dials[1].Token.IsCancellationRequested);
    }

    [Fact]
    public async Task Address_that_refuses_is_followed_by_the_next_at_once()
    {
        Task<Socket> racing = RaceAsync();
        Fail(0, SocketError.ConnectionRefused);
        await Waiting.Until(() => _dials.Count == 2);
        Fail(1, SocketError.HostUnreachable);
        await Waiting.Until(() => _dials.Count == 3);
        Assert.Equal(TimeSpan.Zero, _time.Now);
        Socket socket = Answer(2);
        Assert.Same(socket, await racing.Soon());
    }

    [Fact]
    public async Task None_answers__the_failure_of_the_first_is_reported()
    {
        Task<Socket> racing = RaceAsync();
        Fail(0, SocketError.ConnectionRefused);
        await Waiting.Until(() => _dials.Count == 2);
        _time.Advance(_delay);
        await Waiting.Until(() => _dials.Count == 3);
        Fail(2, SocketError.NetworkUnreachable);
        Assert.False(racing.IsCompleted);
        Fail(1, SocketError.TimedOut);
        SocketException e = await Assert.ThrowsAsync<SocketException>(() => racing.Soon());
        Assert.Equal(SocketError.ConnectionRefused, e.SocketErrorCode);
        Assert.Equal(0, _time.Pending);
    }

    [Fact]
    public async Task Family_that_the_system_does_not_have_is_passed_over()
    {
        var race = new AddressRace(
            (endPoint, token) => endPoint.AddressFamily == AddressFamily.InterNetworkV6
                ? throw new SocketException((int)SocketError.AddressFamilyNotSupported)
                : DialAsync(endPoint, token),
            _delay,
            _time);
        Task<Socket> racing = race.RunAsync(_addresses, 80, CancellationToken.None);
        Socket socket = Answer(0);
        Assert.Same(socket, await racing.Soon());
        Assert.Equal("192.0.2.1", _dials[0].Address);
    }

    [Fact]
    public async Task Race_that_is_given_up_breaks_all_attempts_off()
    {
        using var cancel = new CancellationTokenSource();
        Task<Socket> racing = RaceAsync(cancel.Token);
        _time.Advance(_delay);
        await Waiting.Until(() => _dials.Count == 2);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => racing.Soon());
        Assert.All(_dials, dial => Assert.True(dial.Token.IsCancellationRequested));
        Assert.Equal(0, _time.Pending);
    }

    [Fact]
    public async Task Client_reaches_the_address_that_answers_though_another_one_does_not()
    {
        using var peer = new ClientPeer();
        Task<WsSession> accepting = peer.AcceptWebSocketAsync();
        var options = new WsClientOptions
        {
            Session = new() { TimeProvider = _time },
            Resolve = (host, _) => new(host == "two.example" ? [IPAddress.IPv6Loopback, IPAddress.Loopback] : []),
            Dial = (endPoint, token) => endPoint.Address.Equals(IPAddress.Loopback)
                ? Dialing.DialAsync(endPoint, token)
                : DialAsync(endPoint, token),
        };
        Task<WsSession> connecting = WsClient.ConnectAsync(new Uri($"ws://two.example:{peer.Port}/"), options).Soon();
        await Waiting.Until(() => _dials.Count == 1);
        _time.Advance(options.AttemptDelay);
        await using WsSession client = await connecting;
        await using WsSession server = await accepting;
        Assert.Equal($"two.example:{peer.Port}", server.Request!.Host);
        await Task.WhenAll(client.CloseAsync().Soon(), server.CloseAsync().Soon());
    }

    [Fact]
    public async Task Name_without_an_address__connecting_fails()
    {
        var options = new WsClientOptions { Resolve = (_, _) => new([]) };
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(
            () => WsClient.ConnectAsync(new Uri("ws://nowhere.example"), options).Soon());
        Assert.Equal(SocketError.HostNotFound, Assert.IsType<SocketException>(e.InnerException).SocketErrorCode);
    }

    private Task<Socket> RaceAsync(CancellationToken limit = default) =>
        new AddressRace(DialAsync, _delay, _time).RunAsync(_addresses, 80, limit);

    private ValueTask<Socket> DialAsync(IPEndPoint endPoint, CancellationToken token)
    {
        var answer = new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously);
        _dials.Add((_time.Now, endPoint.Address.ToString(), answer, token));
        return new ValueTask<Socket>(answer.Task);
    }

    private Socket Answer(int dial)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(socket);
        _dials[dial].Answer.SetResult(socket);
        return socket;
    }

    private void Fail(int dial, SocketError error) => _dials[dial].Answer.SetException(new SocketException((int)error));
}
