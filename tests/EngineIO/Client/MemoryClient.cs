// A host of a client in memory: it writes down what the client says, a line for each event, and holds it to what every host relies on: one
// GET and one POST at a time, nothing for a WebSocket that has ended, the end last.

using System.Globalization;
using System.Text;

namespace WsProto.EngineIO.Tests.Client;

internal sealed class MemoryClient(EngineIOClientOptions? options = null)
{
    private readonly HashSet<EngineIOClientRequest> _ended = [];
    private int _read;
    private bool _isOver;

    internal static EngineIOClientOptions WebSocketOnly { get; } = new() { Transports = [EngineIOTransports.WebSocket] };

    internal static EngineIOClientOptions WebSocketFirst { get; } =
        new() { Transports = [EngineIOTransports.WebSocket, EngineIOTransports.Polling] };

    internal static EngineIOClientOptions PollingOnly { get; } = new() { Transports = [EngineIOTransports.Polling] };

    internal EngineIOClient Client { get; } = new(options);

    internal TimeSpan Now { get; set; } = TimeSpan.FromHours(1);

    /// <summary>All that the client has said.</summary>
    internal List<string> Log { get; } = [];

    internal EngineIOClientRequest? Get { get; private set; }

    internal EngineIOClientRequest? Post { get; private set; }

    /// <summary>The WebSocket that was asked for last.</summary>
    internal EngineIOClientRequest? WebSocket { get; private set; }

    /// <summary>What the client has said since this was read last.</summary>
    internal IReadOnlyList<string> News
    {
        get
        {
            Settle();
            string[] news = [.. Log.Skip(_read)];
            _read = Log.Count;
            return news;
        }
    }

    internal EngineIOFailure? Failure { get; private set; }

    internal static string OpenPacket(string upgrades = "\"websocket\"", int maxPayload = 100) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""0{"sid":"S","upgrades":[{{upgrades}}],"pingInterval":25000,"pingTimeout":20000,"maxPayload":{{maxPayload}}}""");

    /// <summary>A session that is open over polling, with a poll under way and no probe.</summary>
    internal static MemoryClient OpenPolling(EngineIOClientOptions? options = null, int maxPayload = 100)
    {
        var client = new MemoryClient(options ?? PollingOnly);
        client.Client.Open(client.Now);
        client.Answer(OpenPacket("", maxPayload));
        _ = client.News;
        return client;
    }

    /// <summary>A session that is open over a WebSocket.</summary>
    internal static MemoryClient OpenWebSocket(int maxPayload = 100)
    {
        var client = new MemoryClient(WebSocketOnly);
        client.Client.Open(client.Now);
        client.Settle();
        client.Client.ReceiveWebSocketOpened(client.WebSocket!);
        client.Text(OpenPacket("", maxPayload));
        _ = client.News;
        return client;
    }

    /// <summary>A session that is open over polling and asks its probe.</summary>
    internal static MemoryClient OpenProbing()
    {
        var client = new MemoryClient();
        client.Client.Open(client.Now);
        client.Answer(OpenPacket());
        client.Settle();
        client.Client.ReceiveWebSocketOpened(client.WebSocket!);
        _ = client.News;
        return client;
    }

    /// <summary>The GET is answered.</summary>
    internal void Answer(string body, int status = 200)
    {
        Settle();
        Answer(Get!, body, status);
    }

    /// <summary>The POST is answered.</summary>
    internal void AnswerPost(string body = "ok", int status = 200)
    {
        Settle();
        Answer(Post!, body, status);
    }

    internal void Text(string text)
    {
        Client.ReceiveText(WebSocket!, Encoding.UTF8.GetBytes(text), Now);
        Settle();
    }

    internal SendResult Send(string text)
    {
        SendResult result = Client.Send(Packet.Text(text));
        Settle();
        return result;
    }

    internal void Advance(double seconds)
    {
        TimeSpan end = Now + TimeSpan.FromSeconds(seconds);
        while (Client.NextDeadline <= end)
        {
            Now = Client.NextDeadline.Value > Now ? Client.NextDeadline.Value : Now;
            Client.OnTimer(Now);
            Settle();
        }

        Now = end;
    }

    private void Answer(EngineIOClientRequest request, string body, int status)
    {
        if (request == Get)
            Get = null;
        else
            Post = null;
        Client.ReceiveAnswer(request, status, Encoding.UTF8.GetBytes(body), Now);
        Settle();
    }

    private void Settle()
    {
        while (Client.TryReadEvent(out EngineIOEvent? e))
        {
            Assert.False(_isOver);
            Log.Add(Carry(e));
        }
    }

    private string Carry(EngineIOEvent e)
    {
        switch (e)
        {
            case SendRequest { Request: { Method: "GET" } request }:
                Assert.Null(Get);
                Get = request;
                return "GET " + request.Query;
            case SendRequest { Request: var request }:
                Assert.Null(Post);
                Post = request;
                return $"POST {request.Query} {Encoding.UTF8.GetString(request.Body.Span).Replace('\u001e', '|')}";
            case AbandonRequest { Request: var request }:
                Assert.True(request == Get || request == Post);
                Get = request == Get ? null : Get;
                Post = request == Post ? null : Post;
                return "abandon " + request.Method;
            case OpenWebSocket { Request: var request }:
                WebSocket = request;
                Assert.Equal(EngineIOTransports.WebSocket, request.Transport);
                return "open " + request.Query;
            case WriteWebSocketMessage message:
                Assert.DoesNotContain(message.Request, _ended);
                return "write " + (message.IsBinary ? Convert.ToHexString(message.Data.Span) : Encoding.UTF8.GetString(message.Data.Span));
            case EndWebSocket end:
                Assert.True(_ended.Add(end.Request));
                return $"end {end.Code}";
            case ClientOpened { Opening: var opening }:
                return $"opened {opening.SessionId}";
            case MessageReceived message:
                return message.IsBinary
                    ? "bytes " + Convert.ToHexString(message.Data.Span)
                    : "text " + Encoding.UTF8.GetString(message.Data.Span);
            case TransportFailed failed:
                Failure = failed.Failure;
                return $"failed {failed.Failure.Transport} {failed.Failure.Error}";
            case ClientClosed closed:
                _isOver = true;
                Failure = closed.Failure;
                return $"closed {closed.Reason.ToProtocolText()} "
                    + $"{closed.Failure?.Error.ToString() ?? "by us"}{(closed.WasOpen ? "" : ", never open")}";
            default:
                return e.GetType().Name;
        }
    }
}
