using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using WsProto.Adapters.Transports;

namespace WsProto.Adapters.Tests.Support;

/// <summary>Two connected ends of each kind of transport, so that one theory holds for all of them.</summary>
internal sealed class TransportPair : IAsyncDisposable
{
    /// <summary>One for all tests, as it takes longer to make than what most of them do.</summary>
    private static readonly Lazy<TestCertificate> _certificate = new(() => TestCertificate.For("localhost"));

    private readonly Func<ValueTask> _break;

    private TransportPair(WsTransport near, WsTransport far, Func<ValueTask> breaks) => (Near, Far, _break) = (near, far, breaks);

    internal WsTransport Near { get; }

    internal WsTransport Far { get; }

    /// <summary>Breaks the connection off, as a peer that crashes does: no end of the stream, but a failure.</summary>
    internal ValueTask BreakAsync() => _break();

    internal void Deconstruct(out WsTransport near, out WsTransport far) => (near, far) = (Near, Far);

    internal static TransportPair OverMemory(MemoryTransportOptions? first = null, MemoryTransportOptions? second = null)
    {
        (MemoryTransport near, MemoryTransport far) = MemoryTransport.CreatePair(first, second);
        return new TransportPair(near, far, () =>
        {
            far.Break();
            return default;
        });
    }

    internal static async Task<TransportPair> OpenAsync(TransportKind kind)
    {
        switch (kind)
        {
            case TransportKind.Memory:
                return OverMemory();
            case TransportKind.Pipe:
                return OverPipes();
            case TransportKind.Socket:
                (Socket client, Socket server) = await ConnectAsync();
                return Over(WsTransport.From(client), WsTransport.From(server), server);
            case TransportKind.Unix:
                (client, server) = await ConnectUnixAsync();
                return Over(WsTransport.From(client), WsTransport.From(server), server);
            case TransportKind.Stream:
                (client, server) = await ConnectAsync();
                return Over(WsTransport.From(StreamOf(client)), WsTransport.From(StreamOf(server)), server);
            case TransportKind.Tls:
                return await OpenTlsAsync();
            default:
                return await OpenTlsListenerAsync();
        }
    }

    internal static async Task<(Socket Client, Socket Server)> ConnectAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        (Socket client, Socket server) = await ConnectAsync(
            listener,
            new IPEndPoint(IPAddress.Loopback, 0),
            new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true });
        server.NoDelay = true;
        return (client, server);
    }

    public async ValueTask DisposeAsync()
    {
        await Near.DisposeAsync();
        await Far.DisposeAsync();
    }

    private static TransportPair OverPipes()
    {
        var there = new Pipe();
        var back = new Pipe();
        return new TransportPair(
            WsTransport.From(new DuplexPipe(back.Reader, there.Writer)),
            WsTransport.From(new DuplexPipe(there.Reader, back.Writer)),
            async () =>
            {
                await back.Writer.CompleteAsync(new IOException("The connection was broken."));
                await there.Reader.CompleteAsync();
            });
    }

    /// <summary>A socket that does not linger tells its peer of a failure, by a reset.</summary>
    private static TransportPair Over(WsTransport near, WsTransport far, Socket below) => new(near, far, () =>
    {
        try
        {
            below.LingerState = new LingerOption(true, 0);
            below.Dispose();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It has ended already.
        }

        return default;
    });

    private static async Task<(Socket Client, Socket Server)> ConnectUnixAsync()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        return await ConnectAsync(
            listener, new UnixDomainSocketEndPoint(path), new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified));
    }

    private static async Task<(Socket Client, Socket Server)> ConnectAsync(Socket listener, EndPoint endPoint, Socket client)
    {
        listener.Bind(endPoint);
        listener.Listen();
        await client.ConnectAsync(listener.LocalEndPoint!);
        return (client, await listener.AcceptAsync());
    }

    private static NetworkStream StreamOf(Socket socket) => new(socket, ownsSocket: true);

    private static async Task<TransportPair> OpenTlsAsync()
    {
        (Socket client, Socket server) = await ConnectAsync();
        var far = new SslStream(StreamOf(server));
        Task accepting = far.AuthenticateAsServerAsync(_certificate.Value.Certificate);
        SslStream near = await AuthenticateAsync(client);
        await accepting.Soon();
        return Over(WsTransport.From(near), WsTransport.From(far), server);
    }

    /// <summary>The server's handshake of TLS is its first read, so one byte goes ahead.</summary>
    private static async Task<TransportPair> OpenTlsListenerAsync()
    {
        (Socket client, Socket server) = await ConnectAsync();
        var options = new SslServerAuthenticationOptions { ServerCertificate = _certificate.Value.Certificate };
        var far = new TlsServerTransport(server, options);
        Task<int> reading = far.ReadAsync(new byte[1]).AsTask();
        SslStream near = await AuthenticateAsync(client);
        await near.WriteAsync(new byte[1]);
        Assert.Equal(1, await reading.Soon());
        return Over(WsTransport.From(near), far, server);
    }

    private static async Task<SslStream> AuthenticateAsync(Socket client)
    {
        var near = new SslStream(StreamOf(client));
        SslClientAuthenticationOptions options = _certificate.Value.Trusted();
        options.TargetHost = "localhost";
        await near.AuthenticateAsClientAsync(options).Soon();
        return near;
    }
}

/// <summary>A reader and a writer as one.</summary>
internal sealed class DuplexPipe(PipeReader input, PipeWriter output) : IDuplexPipe
{
    public PipeReader Input => input;

    public PipeWriter Output => output;
}
