// A transport over the stream of an accepted request, for both ways to open a WebSocket. An upgrade of HTTP/1.1 takes over the connection;
// an extended CONNECT takes over one stream of it. Only the stream is used: over HTTP/2 other requests share the connection below it, and
// middleware may have wrapped the stream.

using System;
using System.IO;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http.Features;
using WsProto.Adapters;

namespace WsProto.AspNetCore;

internal sealed class HttpTransport(IHttpConnectionFeature? ends, Stream stream) : WsTransport
{
    private readonly IPAddress? _remoteAddress = ends?.RemoteIpAddress;
    private readonly IPAddress? _localAddress = ends?.LocalIpAddress;
    private readonly int _remotePort = ends?.RemotePort ?? 0;
    private readonly int _localPort = ends?.LocalPort ?? 0;

    public override EndPoint? RemoteEndPoint => EndPointOf(_remoteAddress, _remotePort);

    public override EndPoint? LocalEndPoint => EndPointOf(_localAddress, _localPort);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        stream.ReadAsync(buffer, cancellationToken);

    /// <summary>Waits with a read of zero bytes, which completes when there is something to read.</summary>
    public override async ValueTask WaitToReadAsync(CancellationToken cancellationToken = default) =>
        await stream.ReadAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);

    /// <summary>Each write flushes the server's pipe.</summary>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        stream.WriteAsync(data, cancellationToken);

    private static IPEndPoint? EndPointOf(IPAddress? address, int port) => address is null ? null : new IPEndPoint(address, port);
}
