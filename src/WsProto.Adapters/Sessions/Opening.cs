// The opening handshake over a transport, in either role: under one limit of time for all of it. A step that fails notes why and returns
// false or null; nothing is thrown between the transport and the caller (Opened.cs).

using System;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Sessions;

internal abstract class Opening
{
    private readonly HandshakeTransport? _transport;

    /// <summary>A connection whose handshake was done elsewhere.</summary>
    protected Opening(WsConnection connection)
    {
        Connection = connection;
        Request = connection.Request;
    }

    protected Opening(HandshakeTransport transport, ConnectionRole role, WsConnectionOptions options)
    {
        Connection = new WsConnection(role, options);
        _transport = transport;
    }

    internal WsConnection Connection { get; }

    internal Request? Request { get; set; }

    internal HeaderList ResponseHeaders { get; set; } = [];

    /// <summary>On a server, what the application has said about the request.</summary>
    internal WsRequestContext? Context { get; set; }

    protected HandshakeTransport Transport => _transport!;

    /// <param name="transport">Connected.</param>
    /// <param name="request">What to ask for.</param>
    /// <param name="options">Limits and times.</param>
    /// <param name="policy">What the server has to agree to; null for whatever it does.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static Task<Opened> ConnectAsync(
        WsTransport transport,
        Request request,
        WsConnectOptions options,
        Func<WsConnection, CloseConnection?>? policy,
        CancellationToken cancellationToken) =>
        RunAsync(
            new HandshakeTransport(transport, options.HandshakeTimeout, options.Session.TimeProvider, cancellationToken),
            handshake => new ClientOpening(handshake, request, options.Session.Connection, policy));

    internal static Task<Opened> AcceptAsync(WsTransport transport, WsAcceptOptions options, CancellationToken cancellationToken) =>
        RunAsync(
            new HandshakeTransport(transport, options.HandshakeTimeout, options.Session.TimeProvider, cancellationToken),
            handshake => new ServerOpening(handshake, options));

    /// <summary>Does the handshake.</summary>
    /// <returns>
    /// Why it failed; null if the connection is open. Where it is the transport that failed, <see cref="HandshakeTransport.Failure"/> says
    /// how.
    /// </returns>
    protected abstract Task<Exception?> RunAsync();

    /// <summary>The next event; null where the transport failed or the time is over.</summary>
    protected async ValueTask<WsEvent?> ReadEventAsync()
    {
        while (true)
        {
            if (Connection.TryReadEvent(out WsEvent? e))
                return e;
            int count = await Transport.ReadAsync(Connection.ReceiveBuffer.GetMemory()).ConfigureAwait(false);
            if (count < 0)
                return null;
            Connection.ReceiveBuffer.Advance(count);
            if (count == 0)
                Connection.ReceiveEndOfStream();
        }
    }

    [SuppressMessage(
        "Design",
        "CA1031",
        Justification = "Whatever a handshake ends with, the transport is given back and the caller gets the exception.")]
    private static async Task<Opened> RunAsync(HandshakeTransport transport, Func<HandshakeTransport, Opening> create)
    {
        using (transport)
        {
            Opening opening = create(transport);
            ConnectionRole role = opening.Connection.Role;
            Activity? activity = Telemetry.StartHandshake(role);
            Exception? failure;
            try
            {
                failure = await opening.RunAsync().ConfigureAwait(false);
            }
            catch (Exception e)
            {
                failure = e;
            }

            bool hasFailed = failure is not (null or WsHandshakeException { WasHttpRequest: true });
            Telemetry.EndHandshake(activity, role, !hasFailed);
            if (failure is null)
                return new Opened { Opening = opening };
            opening.Connection.Dispose();
            await transport.AbandonAsync().ConfigureAwait(false);
            return new Opened { Failure = failure };
        }
    }
}

/// <summary>A connection that was opened elsewhere.</summary>
internal sealed class EstablishedOpening(WsConnection connection) : Opening(connection)
{
    protected override Task<Exception?> RunAsync() => Task.FromResult<Exception?>(null);
}
