using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

/// <summary>Options are checked when they are made, and hold nothing that would be ignored.</summary>
public sealed class OptionsTests
{
    private static readonly TimeSpan _zero = TimeSpan.Zero;
    private static readonly TimeSpan _tooLong = TimeSpan.FromDays(50);

    [Fact]
    public void Times_that_no_timer_takes_are_refused()
    {
        foreach (TimeSpan time in (TimeSpan[])[_zero, TimeSpan.FromTicks(-1), _tooLong])
        {
            OutOfRange(() => new WsSessionOptions { CloseTimeout = time });
            OutOfRange(() => new WsSessionOptions { KeepAliveInterval = time });
            OutOfRange(() => new WsSessionOptions { KeepAliveTimeout = time });
            OutOfRange(() => new WsConnectOptions { HandshakeTimeout = time });
            OutOfRange(() => new WsAcceptOptions { HandshakeTimeout = time });
            OutOfRange(() => new WsClientOptions { HandshakeTimeout = time });
            OutOfRange(() => new WsClientOptions { ConnectTimeout = time });
        }

        OutOfRange(() => new WsSessionOptions { CloseTimeout = Timeout.InfiniteTimeSpan });
        Assert.Null(new WsSessionOptions { KeepAliveInterval = null }.KeepAliveInterval);
        Assert.Equal(Timeout.InfiniteTimeSpan, new WsConnectOptions { HandshakeTimeout = Timeout.InfiniteTimeSpan }.HandshakeTimeout);
        Assert.Equal(Timeout.InfiniteTimeSpan, new WsAcceptOptions { HandshakeTimeout = Timeout.InfiniteTimeSpan }.HandshakeTimeout);
        Assert.Equal(Timeout.InfiniteTimeSpan, new WsClientOptions { ConnectTimeout = Timeout.InfiniteTimeSpan }.ConnectTimeout);
    }

    [Fact]
    public void Backlogs_of_nothing_are_refused()
    {
        OutOfRange(() => new WsSessionOptions { MaxReceiveBacklog = 0 });
        OutOfRange(() => new WsSessionOptions { MaxSendBacklog = 0 });
        OutOfRange(() => new WsSessionOptions { MaxSendBacklogMessages = 0 });
    }

    [Fact]
    public void What_is_null_is_refused()
    {
        Null(() => new WsSessionOptions { Connection = null! });
        Null(() => new WsSessionOptions { TimeProvider = null! });
        Null(() => new WsConnectOptions { Session = null! });
        Null(() => new WsClientOptions { Session = null! });
        Null(() => new WsClientOptions { Subprotocols = null! });
        Null(() => new WsClientOptions { Extensions = null! });
        Null(() => new WsClientOptions { Headers = null! });
        Null(() => new WsAcceptOptions { Session = null! });
        Null(() => new WsAcceptOptions { Subprotocols = null! });
        Null(() => new WsAcceptOptions { Extensions = null! });
        Null(() => new WsAcceptOptions { Origins = null! });
        Null(() => new WsListenerOptions { Accept = null! });
    }

    [Fact]
    public void Versions_of_HTTP_that_carry_no_WebSocket_are_refused()
    {
        OutOfRange(() => new WsClientOptions { HttpVersion = System.Net.HttpVersion.Version10 });
        OutOfRange(() => new WsClientOptions { HttpVersion = System.Net.HttpVersion.Version30 });
        Null(() => new WsClientOptions { HttpVersion = null! });
        OutOfRange(() => new WsClientOptions { HttpVersionPolicy = HttpVersionPolicy.RequestVersionOrHigher });
        OutOfRange(() => new WsClientOptions { HttpVersionPolicy = (HttpVersionPolicy)9 });
        Assert.Equal(System.Net.HttpVersion.Version20, new WsClientOptions { HttpVersion = System.Net.HttpVersion.Version20 }.HttpVersion);
        OutOfRange(() => new WsClientOptions { AttemptDelay = TimeSpan.FromMilliseconds(9) });
        Assert.Equal(TimeSpan.FromMilliseconds(10), new WsClientOptions { AttemptDelay = TimeSpan.FromMilliseconds(10) }.AttemptDelay);
    }

    [Fact]
    public async Task Connection_that_is_not_open_makes_no_session()
    {
        (Adapters.Transports.MemoryTransport near, _) = Adapters.Transports.MemoryTransport.CreatePair();
        Assert.Throws<ArgumentException>(() => WsSession.FromEstablished(near, new WsConnection(ConnectionRole.Client)));
        await near.DisposeAsync();
    }

    [Fact]
    public async Task Origin_is_judged_by_what_the_transport_is_and_not_by_an_option()
    {
        (Adapters.Transports.MemoryTransport near, Adapters.Transports.MemoryTransport far) =
            Adapters.Transports.MemoryTransport.CreatePair();
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(far);
        var request = new Request("h", "/") { ExtraHeaders = [("Origin", "http://h")] };
        await using WsSession client = await WsSession.ConnectAsync(near, request).Soon();
        await using WsSession server = await accepting.Soon();
        Assert.Null(server.Tls);
    }

    private static void OutOfRange(Func<object> make) => Assert.Throws<ArgumentOutOfRangeException>(make);

    private static void Null(Func<object> make) => Assert.Throws<ArgumentNullException>(make);
}
