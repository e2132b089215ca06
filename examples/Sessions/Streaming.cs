// A message larger than memory: the client sends what a stream has, the server hashes it while it arrives. Small messages stay whole.

using System.Net;
using System.Security.Cryptography;
using WsProto;
using WsProto.Adapters;

internal static class Streaming
{
    public static async Task RunAsync(TextWriter output)
    {
        #region server
        var sessions = new WsSessionOptions
        {
            Connection = new WsConnectionOptions
            {
                MaxWholeMessageSize = 64 * 1024, // a longer message is read while it arrives
                MaxMessageSize = 1L << 40,
                MaxFragmentCount = null,
            },
        };
        var options = new WsListenerOptions { Accept = new WsAcceptOptions { Session = sessions } };
        await using var listener = new WsListener(new IPEndPoint(IPAddress.Loopback, 0), options);
        listener.Start();
        Task serving = listener.RunAsync(async (session, stop) =>
        {
            while (await session.ReceiveStreamAsync(stop) is { } message)
            {
                byte[] hash = await SHA256.HashDataAsync(message, stop);
                await session.SendTextAsync(Convert.ToHexStringLower(hash), stop);
            }
        });
        #endregion

        #region client
        await using WsSession client = await WsClient.ConnectAsync(new Uri($"ws://{listener.LocalEndPoint}/upload"));
        await client.SendStreamAsync(Opcode.Binary, async (stream, stop) =>
        {
            byte[] block = new byte[1024 * 1024];
            for (int i = 0; i < 100; i++)
                await stream.WriteAsync(block, stop);
        });
        await client.SendTextAsync("small");
        Message? large = await client.ReceiveAsync();
        Message? small = await client.ReceiveAsync();
        #endregion

        await output.WriteLineAsync($"100 MiB: {((TextMessage)large!).Data}");
        await output.WriteLineAsync($"small: {((TextMessage)small!).Data}");
        await client.CloseAsync();
        await listener.StopAsync();
        await serving;
    }
}
