// The two carriers of ASP.NET Core as a transport. Both give a stream; an upgrade of HTTP/1.1 owns the connection, an extended CONNECT one stream of
// it, so the stream alone is used: what lies below belongs to others on HTTP/2, and middleware may have wrapped it.

using System;
using System.IO;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using WsProto.Adapters;

namespace WsProto.AspNetCore;

internal sealed class HttpTransport(HttpContext context, Stream stream) : WsTransport
{
    public override EndPoint? RemoteEndPoint { get; } = EndPointOf(context.Connection.RemoteIpAddress, context.Connection.RemotePort);

    public override EndPoint? LocalEndPoint { get; } = EndPointOf(context.Connection.LocalIpAddress, context.Connection.LocalPort);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        stream.ReadAsync(buffer, cancellationToken);

    /// <summary>By a read of no bytes, which waits for some.</summary>
    public override async ValueTask WaitToReadAsync(CancellationToken cancellationToken = default) =>
        await stream.ReadAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);

    /// <summary>The server's pipe is flushed with each write.</summary>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        stream.WriteAsync(data, cancellationToken);

    private static IPEndPoint? EndPointOf(IPAddress? address, int port) => address is null ? null : new IPEndPoint(address, port);
}
