// A WebSocket over HTTP/2 (RFC 8441) on the bare core: Kestrel and HttpClient carry it, WsProto negotiates and speaks the protocol.
//
//   dotnet run --project examples/Http2

using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using WsProto;

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http2));
await using WebApplication app = builder.Build();
app.Run(async context =>
{
    var connect = context.Features.GetRequiredFeature<IHttpExtendedConnectFeature>();
    HeaderList fields =
    [
        (":method", context.Request.Method), (":protocol", connect.Protocol ?? ""), (":scheme", context.Request.Scheme),
        (":authority", context.Request.Host.Value ?? ""), (":path", context.Request.Path + context.Request.QueryString),
        .. from header in context.Request.Headers
           where !header.Key.StartsWith(':') && header.Key != "Host"
           from value in header.Value
           select new HeaderField(header.Key, value ?? ""),
    ];
    ServerNegotiation negotiation = ServerNegotiation.FromExtendedConnect(fields);
    if (negotiation.Request is null)
    {
        context.Response.StatusCode = negotiation.Reject(negotiation.Failure!.Response!).StatusCode;
        return;
    }

    using WsConnection server = negotiation.Accept(new AcceptConnection { Subprotocol = "echo" }, out ResponseHead head);
    foreach (HeaderField field in head.Headers)
        context.Response.Headers.Append(field.Name, field.Value);
    await RunAsync(server, await connect.AcceptAsync(), e => e is Message or CloseConnection ? [e] : []);
});
await app.StartAsync();

// The client. What it sends is masked, and what it receives ends the program.
var uri = new Uri(app.Urls.Single());
var client = ClientNegotiation.ForExtendedConnect(Request.FromUri(uri) with { Subprotocols = ["echo"] }, uri.Scheme);
using var request = new HttpRequestMessage(HttpMethod.Connect, uri)
{
    Version = HttpVersion.Version20,
    VersionPolicy = HttpVersionPolicy.RequestVersionExact,
};
request.Headers.Protocol = "websocket";
foreach (HeaderField field in client.Headers.Where(field => !field.Name.StartsWith(':')))
    request.Headers.TryAddWithoutValidation(field.Name, field.Value);
using var http = new HttpMessageInvoker(new SocketsHttpHandler());
using HttpResponseMessage response = await http.SendAsync(request, CancellationToken.None);
HeaderList answer = [.. from header in response.Headers from value in header.Value select new HeaderField(header.Key, value)];
WsEvent? opened = client.Read((int)response.StatusCode, answer, out WsConnection? connection);
Console.WriteLine($"{(int)response.StatusCode} over HTTP/{response.Version}, subprotocol {(opened as AcceptConnection)?.Subprotocol}");

using WsConnection ws = connection!;
string received = "";
await using Stream stream = await response.Content.ReadAsStreamAsync();
await stream.WriteAsync(ws.Send(new TextMessage("Hello over HTTP/2")));
await stream.FlushAsync();
await RunAsync(ws, stream, e =>
{
    Console.WriteLine(e);
    received += (e as TextMessage)?.Data;
    return e is TextMessage ? [new CloseConnection(CloseCode.NormalClosure)] : [];
});
return received == "Hello over HTTP/2" ? 0 : 1;

// Receive, read all events, write: the loop of every carrier.
static async Task RunAsync(WsConnection ws, Stream stream, Func<WsEvent, IEnumerable<WsEvent>> answer)
{
    var output = new ArrayBufferWriter<byte>();
    while (ws.State != ConnectionState.Closed)
    {
        int count = await stream.ReadAsync(ws.ReceiveBuffer.GetMemory());
        ws.ReceiveBuffer.Advance(count);
        if (count == 0)
            ws.ReceiveEndOfStream();
        foreach (WsEvent e in ws.ReadEvents())
        {
            foreach (WsEvent reply in answer(e).Where(ws.CanSend))
                ws.Send(reply, output);
        }

        await stream.WriteAsync(output.WrittenMemory);
        await stream.FlushAsync();
        output.ResetWrittenCount();
    }
}
