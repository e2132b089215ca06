// A host of a client in memory, and the server's end of its WebSocket by hand. It writes down what the client says, a line for each event.

using System.Globalization;
using System.Text;
using WsProto.EngineIO;

namespace WsProto.SocketIO.Tests.Client;

internal sealed class Bench
{
    private int _read;

    internal Bench(SocketIOClientConnectionOptions? options = null, double random = 0.5, SocketIOParser? parser = null)
    {
        options ??= new();
        Encoder = new(parser: parser);
        Client = new SocketIOClientConnection(
            options with { Engine = new EngineIOClientOptions { Transports = [EngineIOTransports.WebSocket] } }, Encoder, () => random);
    }

    internal SocketIOEncoder Encoder { get; }

    internal SocketIOClientConnection Client { get; }

    internal TimeSpan Now { get; set; } = TimeSpan.FromHours(1);

    /// <summary>What the client brings to get in; null to leave the question open.</summary>
    internal Func<string, object?>? Auth { get; set; } = _ => null;

    /// <summary>Whether what waits is let go as soon as the client is in.</summary>
    internal bool Releases { get; set; } = true;

    internal List<string> Log { get; } = [];

    /// <summary>The messages that the client has sent, of all sessions.</summary>
    internal List<string> Sent { get; } = [];

    internal EngineIOClientRequest? WebSocket { get; private set; }

    internal AuthorizationNeeded? Needed { get; private set; }

    internal NamespaceJoined? Joined { get; private set; }

    internal EventArrived? Arrived { get; private set; }

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

    /// <summary>A client that is in the main namespace.</summary>
    internal static Bench Connected(SocketIOClientConnectionOptions? options = null, string more = "")
    {
        var bench = new Bench(options);
        bench.Client.Join("/", bench.Now);
        bench.Client.Start(bench.Now);
        bench.Open();
        bench.Server($"0{{\"sid\":\"A\"{more}}}");
        _ = bench.News;
        bench.Sent.Clear();
        return bench;
    }

    /// <summary>The server opens the session that the client asks for.</summary>
    internal void Open(int maxPayload = 1000)
    {
        Settle();
        Raw(string.Create(
            CultureInfo.InvariantCulture,
            $$"""0{"sid":"S","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":{{maxPayload}}}"""));
    }

    /// <summary>The server sends a packet.</summary>
    internal void Server(string packet) => Raw("4" + packet);

    internal void ServerBytes(params byte[] data)
    {
        Client.Session!.ReceiveBinary(WebSocket!, data, Now);
        Client.Update(Now);
        Settle();
    }

    internal void Raw(string text)
    {
        Client.Session!.ReceiveText(WebSocket!, Encoding.UTF8.GetBytes(text), Now);
        Client.Update(Now);
        Settle();
    }

    /// <summary>The session is lost.</summary>
    internal void Lose()
    {
        Settle();
        Client.Session!.ReceiveWebSocketClosed(WebSocket!, null, Now);
        Client.Update(Now);
        Settle();
    }

    internal SocketIOEmit Emit(string name, SocketIOEmitOptions options = default, params object?[] arguments)
    {
        SocketIOEmit emit = Client.Emit("/", name, arguments, options, Now);
        emit.Tag ??= name;
        Settle();
        return emit;
    }

    internal SocketIOEmit Call(string name, double seconds = 10, int retries = 0) =>
        Emit(name, new SocketIOEmitOptions { WantsAck = true, AckTimeout = TimeSpan.FromSeconds(seconds), Retries = retries });

    internal void Advance(double seconds)
    {
        TimeSpan end = Now + TimeSpan.FromSeconds(seconds);
        for (int steps = 0; Client.NextDeadline <= end; steps++)
        {
            Assert.True(steps < 10_000, "A deadline does not move.");
            Now = Client.NextDeadline.Value > Now ? Client.NextDeadline.Value : Now;
            Client.OnTimer(Now);
            Settle();
        }

        Now = end;
    }

    internal void Settle()
    {
        while (Client.TryReadEvent(out SocketIOClientEvent? e))
        {
            string line = Carry(e);
            if (line.Length > 0)
                Log.Add(line);
            if (e is AuthorizationNeeded needed && Auth is not null)
                Client.Authorize(needed, Auth(needed.Namespace), Now);
            if (e is NamespaceJoined joined && Releases)
                Client.Release(joined, Now);
        }
    }

    private string Carry(SocketIOClientEvent e)
    {
        switch (e)
        {
            case SessionSaid { Event: OpenWebSocket open }:
                WebSocket = open.Request;
                return "open";
            case SessionSaid { Event: WriteWebSocketMessage message }:
                Client.Session!.ReceiveWritten(message.Request, message.Data.Length);
                string text = message.IsBinary ? Convert.ToHexString(message.Data.Span) : Encoding.UTF8.GetString(message.Data.Span)[1..];
                if (message.IsBinary || message.Data.Span[0] == '4')
                    Sent.Add(text);
                return "";
            case SessionSaid { Event: EndWebSocket }:
                return "end";
            case SessionSaid:
                return "";
            case AuthorizationNeeded needed:
                Needed = needed;
                return "";
            case ConnectionMoved moved:
                string delay = moved.Delay is { } span
                    ? string.Create(CultureInfo.InvariantCulture, $" in {span.TotalSeconds:0.###} s ({moved.Attempt})")
                    : "";
                return $"{moved.State}{(moved.Reason is null ? "" : $": {moved.Reason} {moved.Failure?.Error}{moved.Violation}")}{delay}";
            case NamespaceJoined joined:
                Joined = joined;
                return $"joined {joined.Namespace} {joined.Id}{(joined.Recovered ? ", recovered" : "")}";
            case NamespaceRefused refused:
                string data = refused.Data.Count == 0 ? "" : " " + Encoding.UTF8.GetString(refused.Data.GetJson(0).Span);
                return $"refused {refused.Namespace} {refused.Kind}: "
                    + $"{refused.Message}{data}{(refused.Delay is { } wait ? $" again in {wait.TotalSeconds} s" : "")}";
            case NamespaceLost lost:
                Assert.True(lost.Failure is null || lost.Reason.StartsWith("transport", StringComparison.Ordinal));
                return $"lost {lost.Namespace} {lost.Reason}{(lost.ComesBack ? ", comes back" : "")}";
            case EventArrived arrived:
                Arrived = arrived;
                IEnumerable<string> texts = Enumerable.Range(0, arrived.Arguments.Count)
                    .Select(i => " " + Encoding.UTF8.GetString(arrived.Arguments.GetJson(i).Span));
                return $"{arrived.Namespace} {arrived.Name}{string.Concat(texts)}";
            case EmitEnded { Emit: var emit }:
                string answer = emit.Answer is { Count: > 0 } arguments ? " " + Encoding.UTF8.GetString(arguments.GetJson(0).Span) : "";
                return $"{emit.Outcome}{answer}";
            default:
                throw new InvalidOperationException($"What is {e}?");
        }
    }
}
