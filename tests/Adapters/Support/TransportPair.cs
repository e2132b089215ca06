using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using WsProto.Adapters.Transports;

namespace WsProto.Adapters.Tests.Support;

/// <summary>Two connected ends of each kind of transport, by name, so that one theory holds for all of them.</summary>
internal sealed class TransportPair : IAsyncDisposable
{
    private readonly TestCertificate? _certificate;

    private TransportPair(WsTransport near, WsTransport far, TestCertificate? certificate = null)
    {
        (Near, Far) = (near, far);
        _certificate = certificate;
    }

    internal static string[] AllKinds => ["memory", "socket", "unix", "stream", "tls", "tls-listener", "pipe"];

    internal WsTransport Near { get; }

    internal WsTransport Far { get; }

    internal static async Task<TransportPair> OpenAsync(string kind)
    {
        switch (kind)
        {
            case "memory":
                (MemoryTransport near, MemoryTransport far) = MemoryTransport.CreatePair();
                return new TransportPair(near, far);
            case "pipe":
                var there = new Pipe();
                var back = new Pipe();
                return new TransportPair(
                    WsTransport.From(new DuplexPipe(back.Reader, there.Writer)),
                    WsTransport.From(new DuplexPipe(there.Reader, back.Writer)));
            case "socket":
                (Socket client, Socket server) = await ConnectAsync();
                return new TransportPair(WsTransport.From(client), WsTransport.From(server));
            case "unix":
                (client, server) = await ConnectUnixAsync();
                return new TransportPair(WsTransport.From(client), WsTransport.From(server));
            case "stream":
                (client, server) = await ConnectAsync();
                return new TransportPair(WsTransport.From(StreamOf(client)), WsTransport.From(StreamOf(server)));
            case "tls":
                return await OpenTlsAsync();
            default:
                return await OpenTlsListenerAsync();
        }
    }

    internal static async Task<(Socket Client, Socket Server)> ConnectAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        return await ConnectAsync(
            listener,
            new IPEndPoint(IPAddress.Loopback, 0),
            new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true });
    }

    public async ValueTask DisposeAsync()
    {
        await Near.DisposeAsync();
        await Far.DisposeAsync();
        _certificate?.Dispose();
    }

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
        TestCertificate certificate = TestCertificate.For("localhost");
        (Socket client, Socket server) = await ConnectAsync();
        var far = new SslStream(StreamOf(server));
        Task accepting = far.AuthenticateAsServerAsync(certificate.Certificate);
        SslStream near = await AuthenticateAsync(client, certificate);
        await accepting.Soon();
        return new TransportPair(WsTransport.From(near), WsTransport.From(far), certificate);
    }

    /// <summary>The server's handshake of TLS is its first read, so one byte goes ahead.</summary>
    private static async Task<TransportPair> OpenTlsListenerAsync()
    {
        TestCertificate certificate = TestCertificate.For("localhost");
        (Socket client, Socket server) = await ConnectAsync();
        var far = new TlsServerTransport(server, new SslServerAuthenticationOptions { ServerCertificate = certificate.Certificate });
        Task<int> reading = far.ReadAsync(new byte[1]).AsTask();
        SslStream near = await AuthenticateAsync(client, certificate);
        await near.WriteAsync(new byte[1]);
        Assert.Equal(1, await reading.Soon());
        return new TransportPair(WsTransport.From(near), far, certificate);
    }

    private static async Task<SslStream> AuthenticateAsync(Socket client, TestCertificate certificate)
    {
        var near = new SslStream(StreamOf(client));
        SslClientAuthenticationOptions options = certificate.Trusted();
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
