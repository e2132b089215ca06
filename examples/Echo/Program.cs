// An echo server and a client, both on the bare core, over a plain TcpListener and TcpClient.
//
//   dotnet run --project examples/Echo                     one conversation on a free port, then the end
//   dotnet run --project examples/Echo -- --listen 9001    serves until Ctrl+C

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

Console.OutputEncoding = Encoding.UTF8; // which Windows does not have by default
switch (args)
{
    case ["--listen", var port]:
        await EchoServer.ServeAsync(int.Parse(port, CultureInfo.InvariantCulture));
        return 0;
    case []:
        return await ConverseAsync() ? 0 : 1;
    default:
        await Console.Error.WriteLineAsync("Usage: Echo [--listen PORT]");
        return 2;
}

static async Task<bool> ConverseAsync()
{
    using var listener = new TcpListener(IPAddress.Loopback, port: 0);
    listener.Start();
    int port = ((IPEndPoint)listener.LocalEndpoint).Port;
    Console.WriteLine($"{"",-7} {"event",-65} state after it");
    Task<bool> client = Client.RunAsync(port, new Trace("client"));
    await EchoServer.ServeOneAsync(await listener.AcceptTcpClientAsync(), new Trace("server"));
    return await client;
}
