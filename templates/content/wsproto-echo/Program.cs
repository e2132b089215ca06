// A WebSocket server that sends every message back. `dotnet run -- 8080` listens on another port; 0 takes a free one.

using System.Globalization;
using System.Net;
using WsProto;
using WsProto.Adapters;

int port = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 9001;
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};

// Loopback only. IPAddress.Any listens to other machines too: read about TLS and origins first.
await using var listener = new WsListener(new IPEndPoint(IPAddress.Loopback, port), new WsListenerOptions
{
    Accept = new() { Extensions = [new PerMessageDeflate()] },
    OnHandlerFailed = (exception, session) => Console.Error.WriteLine($"{session.Id}: {exception.Message}"),
});
listener.Start();
Console.WriteLine($"Listening on ws://{listener.LocalEndPoint}/. Ctrl+C stops.");

await listener.RunAsync(async (session, ending) =>
{
    Console.WriteLine($"{session.Id}: connected");
    await foreach (Message message in session.ReadAllAsync(ending))
        await session.SendAsync(message, ending);
    Console.WriteLine($"{session.Id}: ended, {session.CloseResult?.Code}");
}, stop.Token);
