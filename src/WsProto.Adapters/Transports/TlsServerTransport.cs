using System;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Transports;

/// <summary>
/// TLS over a socket, as server. Its handshake takes place in the first read, which is the first thing that a server does: so it is under
/// the one limit of time, and fails in the one way, that the opening handshake has.
/// </summary>
internal sealed class TlsServerTransport : WsTransport
{
    private readonly SslStream _tls;
    private readonly StreamTransport _inner;
    private readonly SslServerAuthenticationOptions _options;

    internal TlsServerTransport(Socket socket, SslServerAuthenticationOptions options)
    {
        _tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        _inner = new StreamTransport(_tls, socket);
        _options = options;
    }

    public override EndPoint? RemoteEndPoint => _inner.RemoteEndPoint;

    public override EndPoint? LocalEndPoint => _inner.LocalEndPoint;

    public override WsTlsDetails? Tls => _inner.Tls;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _tls.IsAuthenticated ? _inner.ReadAsync(buffer, cancellationToken) : AuthenticateAndReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        _inner.WriteAsync(data, cancellationToken);

    public override ValueTask WaitToReadAsync(CancellationToken cancellationToken = default) => _inner.WaitToReadAsync(cancellationToken);

    public override bool CanCompleteWrites => true;

    public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken = default) =>
        _inner.CompleteWritesAsync(cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await _inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<int> AuthenticateAndReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await _tls.AuthenticateAsServerAsync(_options, cancellationToken).ConfigureAwait(false);
        return await _inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
    }
}
