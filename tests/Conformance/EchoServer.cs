using System.Net;
using System.Net.Security;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Conformance.Tests;

/// <summary>A server of sessions that does all as it should, with any options.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly WsListener _listener;
    private readonly TestCertificate? _certificate;
    private readonly Task _running;

    internal EchoServer(
        WsAcceptOptions? options = null, TestCertificate? certificate = null, Func<WsSession, CancellationToken, Task>? handler = null,
        EndPoint? place = null)
    {
        _certificate = certificate;
        _listener = new WsListener(place ?? new IPEndPoint(IPAddress.Loopback, 0), new WsListenerOptions
        {
            Accept = options ?? new WsAcceptOptions { Extensions = [new PerMessageDeflate()], Session = WithLimit(16 << 20) },
            Tls = certificate is null ? null : new SslServerAuthenticationOptions { ServerCertificate = certificate.Certificate },
        });
        _listener.Start();
        _running = _listener.RunAsync(handler ?? EchoAsync);
    }

    internal Uri Address => new($"{(_certificate is null ? "ws" : "wss")}://{_listener.LocalEndPoint}/");

    internal static WsSessionOptions WithLimit(int messageSize) =>
        new() { Connection = new WsConnectionOptions { MaxMessageSize = messageSize, MaxFragmentCount = 1 << 16 } };

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        await _running;
    }

    /// <summary>Answers all that came, even before a Close.</summary>
    private static async Task EchoAsync(WsSession session, CancellationToken stop)
    {
        await foreach (Message message in session.ReadAllAsync(CancellationToken.None))
            await session.SendAsync(message, CancellationToken.None);
    }
}
