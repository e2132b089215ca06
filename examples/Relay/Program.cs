// A relay between a client and a server, for messages of any size: it passes on the pieces of a message as they come.
//
//   dotnet run --project examples/Relay

using System.Net;
using System.Security.Cryptography;
using Relay;
using WsProto;
using WsProto.Adapters;

const int PieceSize = 16 * 1024;
const int Pieces = 4096;

var loopback = new IPEndPoint(IPAddress.Loopback, 0);
await using var server = new WsListener(loopback, new WsListenerOptions { Accept = new() { Session = MessageRelay.AnySize } });
server.Start();
Task serving = server.RunAsync(HashAsync);

var relay = new MessageRelay(new Uri($"ws://{server.LocalEndPoint}/hash"));
await using var listener = new WsListener(loopback, new WsListenerOptions { Accept = new() { Session = MessageRelay.AnySize } });
listener.Start();
Task relaying = listener.RunAsync(relay.ServeAsync);

await using WsSession client = await WsClient.ConnectAsync(new Uri($"ws://{listener.LocalEndPoint}/"));
using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
byte[] piece = new byte[PieceSize];
for (int i = 1; i <= Pieces; i++)
{
    Random.Shared.NextBytes(piece);
    hash.AppendData(piece);
    await client.SendAsync(new BytesMessage(piece) { MessageFinished = i == Pieces });
}

var answer = (TextMessage?)await client.ReceiveAsync();
bool isSame = answer?.Data == Convert.ToHexString(hash.GetHashAndReset());
Console.WriteLine($"{(long)Pieces * PieceSize >> 20} MiB in one message; the server has the same hash: {isSame}");
Console.WriteLine($"the relay had less than 1 MiB of it at any time: {relay.MostBuffered < 1 << 20}");
await client.CloseAsync(CloseCode.NormalClosure, "that is all");
await listener.StopAsync();
await server.StopAsync();
await Task.WhenAll(serving, relaying);

// The server: answers a message with its hash.
static async Task HashAsync(WsSession session, CancellationToken stop)
{
    using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    await foreach (Message message in session.ReadAllAsync(stop))
    {
        if (message is BytesMessage bytes)
            hash.AppendData(bytes.Data.Span);
        if (message.MessageFinished)
            await session.SendTextAsync(Convert.ToHexString(hash.GetHashAndReset()), stop);
    }

    Console.WriteLine($"the server was closed with {(int)session.CloseResult!.Code}, {session.CloseResult.Reason}");
}
