// What a server says to requests: who may come in, with what, and an answer for those that want no WebSocket.

using System.Net;
using System.Security.Claims;
using WsProto;
using WsProto.Adapters;

internal static class Requests
{
    public static async Task RunAsync(TextWriter output)
    {
        #region requests
        var options = new WsListenerOptions
        {
            Accept = new()
            {
                Extensions = [new PerMessageDeflate()],
                OnRequest = async (context, cancellationToken) =>
                {
                    if (await FindUserAsync(context.Request.ExtraHeaders["Authorization"], cancellationToken) is not { } user)
                        return WsResponse.Reject(401, "Who are you?", [("WWW-Authenticate", "Bearer")]);
                    context.User = user;
                    context.Items["since"] = DateTimeOffset.UtcNow;
                    // No compression beside secrets for strangers from elsewhere.
                    bool isLocal = context.RemoteEndPoint is IPEndPoint { Address: var address } && IPAddress.IsLoopback(address);
                    return WsResponse.Accept(extensions: isLocal ? null : []);
                },
                OnHttpRequest = (context, _) => new(context.Request.Target == "/health" ? new WsHttpResponse(200, "well") : null),
            },
        };
        await using var listener = new WsListener(new IPEndPoint(IPAddress.Loopback, 0), options);
        listener.Start();
        Task serving = listener.RunAsync(
            (session, stop) => session.SendTextAsync($"Welcome, {session.User!.Identity!.Name}.", stop).AsTask());
        #endregion

        using var http = new HttpClient();
        await output.WriteLineAsync($"health: {await http.GetStringAsync(new Uri($"http://{listener.LocalEndPoint}/health"))}");
        var uri = new Uri($"ws://{listener.LocalEndPoint}/");
        #region refused
        try
        {
            await using WsSession nobody = await WsClient.ConnectAsync(uri);
        }
        catch (WsHandshakeException e) when (e.StatusCode == 401)
        {
            await output.WriteLineAsync($"refused, use {e.Headers["WWW-Authenticate"]}");
        }
        #endregion

        await using WsSession ann = await WsClient.ConnectAsync(uri, new WsClientOptions { Headers = [("Authorization", "Bearer ann")] });
        await output.WriteLineAsync((await ann.ReceiveAsync() as TextMessage)?.Data);
        await listener.StopAsync();
        await serving;
    }

    private static ValueTask<ClaimsPrincipal?> FindUserAsync(string? authorization, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string[] words = authorization?.Split(' ') ?? [];
        return new(words is ["Bearer", var name]
            ? new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, name)], "Bearer"))
            : null);
    }
}
