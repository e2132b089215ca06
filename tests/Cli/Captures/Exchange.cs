using WsProto.Extensions;

namespace WsProto.Cli.Tests.Captures;

/// <summary>The octets of a WebSocket between two ends of the core.</summary>
internal sealed class Exchange : IDisposable
{
    private readonly WsConnection _client = new(ConnectionRole.Client);
    private readonly WsConnection _server = new(ConnectionRole.Server);

    internal Exchange(bool isCompressed = false, bool hasMemory = true)
    {
        WsExtension[] extensions = isCompressed
            ? [new PerMessageDeflate { MinCompressedSize = 0, ClientNoContextTakeover = !hasMemory }]
            : [];
        Request = _client.Send(new Request("example.org", "/chat") { Extensions = extensions });
        _server.Receive(Request);
        Assert.True(_server.TryReadEvent(out _));
        Response = _server.Send(new AcceptConnection { Extensions = extensions });
        _client.Receive(Response);
        Assert.True(_client.TryReadEvent(out _));
    }

    internal byte[] Request { get; }

    internal byte[] Response { get; }

    internal byte[] Client(WsEvent e) => _client.Send(e);

    internal byte[] Server(WsEvent e) => _server.Send(e);

    internal byte[] Client(string text) => Client(new TextMessage(text));

    internal byte[] Server(string text) => Server(new TextMessage(text));

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }
}
