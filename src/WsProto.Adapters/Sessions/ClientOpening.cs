using System;
using System.Threading.Tasks;

namespace WsProto.Adapters.Sessions;

/// <summary>The client's side of the opening handshake.</summary>
/// <param name="transport">The transport.</param>
/// <param name="request">What to ask for.</param>
/// <param name="options">Limits.</param>
/// <param name="policy">What is wrong with what the server agreed to, as the Close that says so; null for whatever it agrees to.</param>
internal sealed class ClientOpening(
    HandshakeTransport transport, Request request, WsConnectionOptions options, Func<WsConnection, CloseConnection?>? policy)
    : Opening(transport, ConnectionRole.Client, options)
{
    private readonly RefusalReading _refusal = new("The server refused the WebSocket");

    protected override async Task<Exception?> RunAsync()
    {
        if (!await Transport.WriteAsync(Connection.Send(request)).ConfigureAwait(false))
            return Transport.Failure;
        Request = request;
        while (true)
        {
            WsEvent? e = await ReadEventAsync().ConfigureAwait(false);
            if (e is AcceptConnection accept)
            {
                ResponseHeaders = accept.ExtraHeaders;
                return policy?.Invoke(Connection) is { } close ? await FailAsync(close).ConfigureAwait(false) : null;
            }

            if ((e is null ? _refusal.FailureFrom(Transport.Failure) : _refusal.Read(e)) is { } failure)
                return failure;
        }
    }

    private async Task<Exception> FailAsync(CloseConnection close)
    {
        await Transport.WriteAsync(Connection.Send(close)).ConfigureAwait(false);
        return new WsHandshakeException($"The server did not agree to what is required: {close.Reason}.")
        {
            StatusCode = 101,
            Headers = ResponseHeaders,
        };
    }
}
