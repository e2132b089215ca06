using System.Security.Cryptography.X509Certificates;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;
using WsProto.AspNetCore;
using Xunit.Sdk;

namespace WsProto.Interop.Tests;

/// <summary>A route of WsProto.AspNetCore as the server of clients that no one here wrote; with and without compression and TLS.</summary>
[Trait("Category", "Interop")]
public sealed class RouteClientInteropTests : IDisposable
{
    /// <summary>Whether to use compression, and TLS.</summary>
    public static readonly object?[][] Ways = [[false, false], [true, false], [false, true], [true, true]];

    /// <summary>What a client closes with; 1005 is a Close without a code.</summary>
    public static readonly object?[][] Closings =
        [[1000, ""], [4000, "why"], [1001, string.Concat(Enumerable.Repeat('中', 41))], [1005, ""]];

    /// <summary>What a handler does, and the Close that its client gets for it.</summary>
    public static readonly object?[][] Endings = [["returns", 1000, ""], ["throws", 1011, ""], ["closes", 4001, "own words"]];

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private static readonly Payload[] _payloads =
        [.. Payload.Scripts, .. Payload.Lengths, .. Payload.Large, new("text~204800"), new("binary~204800")];

    private readonly TestCertificate _certificate = TestCertificate.For("localhost", "127.0.0.1");
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("wsproto");
    private readonly CancellationTokenSource _guard = new(_patience);

    [Theory, PythonWebsockets(nameof(Ways)), NodeWs(nameof(Ways))]
    public async Task Messages_of_all_kinds_are_echoed(PeerKind peer, bool deflate, bool tls)
    {
        await using RouteServer server = await StartAsync(tls, RouteServer.EchoAsync);
        IReadOnlyList<PeerReport> reports = await MeetAsync(
            peer, server, deflate, tls, ["say", .. _payloads.Select(payload => payload.Description), "--subprotocols", "chat.v2,chat.v1"]);

        Assert.Equal(("open", deflate, "chat.v1"), (reports[0].Event, reports[0].Deflate, reports[0].Subprotocol));
        Assert.Equal(_payloads.Select(payload => payload.Report), Messages(reports));
        AssertClosed(reports, 1000, "", first: "local");
        WsSession session = await server.SessionAsync(_guard.Token);
        Assert.Equal(deflate ? 1 : 0, session.Extensions.Count);
        Assert.Equal("/interop?from=peer", session.Request!.Target);
        await AssertEndedAsync(server, CloseCode.NormalClosure, "", WsCloseCause.Peer);
    }

    [Theory, PythonWebsockets(nameof(Ways)), NodeWs(nameof(Ways))]
    public async Task Message_in_fragments_around_a_ping_is_echoed(PeerKind peer, bool deflate, bool tls)
    {
        Payload payload = new("text*70000");
        await using RouteServer server = await StartAsync(tls, RouteServer.EchoAsync);
        IReadOnlyList<PeerReport> reports = await MeetAsync(peer, server, deflate, tls, ["fragments", payload.Description, "7"]);

        Assert.Equal([Convert.ToHexStringLower("between"u8)], Pongs(reports));
        Assert.Equal([payload.Report], Messages(reports));
        AssertClosed(reports, 1000, "", first: "local");
        await AssertEndedAsync(server, CloseCode.NormalClosure, "", WsCloseCause.Peer);
    }

    [Theory, PythonWebsockets, NodeWs]
    public async Task Pings_of_the_client_get_their_payloads_back(PeerKind peer)
    {
        string[] payloads = ["", "00ff", Convert.ToHexStringLower([.. Enumerable.Repeat((byte)'p', 125)])];
        await using RouteServer server = await StartAsync(tls: false, RouteServer.EchoAsync);
        IReadOnlyList<PeerReport> reports = await MeetAsync(peer, server, deflate: false, tls: false, ["ping", .. payloads]);

        Assert.Equal(payloads, Pongs(reports));
        await AssertEndedAsync(server, CloseCode.NormalClosure, "", WsCloseCause.Peer);
    }

    [Theory, PythonWebsockets(nameof(Closings)), NodeWs(nameof(Closings))]
    public async Task Client_closes_first(PeerKind peer, int code, string reason)
    {
        string[] arguments = code == 1005 ? [] : [$"{code}", reason];
        await using RouteServer server = await StartAsync(tls: false, RouteServer.EchoAsync);
        IReadOnlyList<PeerReport> reports = await MeetAsync(peer, server, deflate: false, tls: false, ["close", .. arguments]);

        PeerReport closed = Assert.Single(reports, report => report.Event == "closed");
        Assert.Equal((code, "local"), (closed.Code, closed.First));
        await AssertEndedAsync(server, (CloseCode)code, reason, WsCloseCause.Peer);
    }

    [Theory, PythonWebsockets(nameof(Endings)), NodeWs(nameof(Endings))]
    public async Task Route_closes_first(PeerKind peer, string ending, int code, string reason)
    {
        await using RouteServer server = await StartAsync(tls: false, async (session, stop) =>
        {
            await session.PingAsync("ping"u8.ToArray(), stop);
            if (ending == "throws")
                throw new InvalidOperationException("The handler fails.");
            if (ending == "closes")
                await session.CloseAsync((CloseCode)code, reason, stop);
        });
        IReadOnlyList<PeerReport> reports = await MeetAsync(peer, server, deflate: false, tls: false, ["echo"]);

        AssertClosed(reports, code, reason, first: "remote");
        await AssertEndedAsync(server, (CloseCode)code, reason, WsCloseCause.Local);
    }

    [Theory, PythonWebsockets, NodeWs]
    public async Task Host_stops__the_client_is_told_that_it_goes_away(PeerKind peer)
    {
        await using RouteServer server = await StartAsync(tls: false, RouteServer.EchoAsync);
        Task<IReadOnlyList<PeerReport>> meeting = MeetAsync(peer, server, deflate: false, tls: false, ["echo"]);
        await server.SessionAsync(_guard.Token);
        await server.StopAsync(_guard.Token);

        AssertClosed(await meeting, 1001, "", first: "remote");
        await AssertEndedAsync(server, CloseCode.GoingAway, "", WsCloseCause.Local);
    }

    [Theory, PythonWebsockets, NodeWs]
    public async Task Client_drops_the_connection__the_route_sees_1006(PeerKind peer)
    {
        await using RouteServer server = await StartAsync(tls: false, RouteServer.EchoAsync);
        await MeetAsync(peer, server, deflate: false, tls: false, ["drop"]);
        WsCloseResult end = await server.EndAsync(_guard.Token);
        Assert.Equal((CloseCode.AbnormalClosure, WsCloseCause.Lost, false), (end.Code, end.Cause, end.IsClean));
    }

    [Theory, PythonWebsockets, NodeWs]
    public async Task Request_is_refused_with_status_headers_and_body(PeerKind peer)
    {
        const string Body = "Kein Zutritt, 禁止入内";
        await using RouteServer server = await StartAsync(
            tls: false, RouteServer.EchoAsync,
            options => options.OnRequest = (_, _) => new(WsResponse.Reject(403, Body, [("X-Reason", "interop")])));
        IReadOnlyList<PeerReport> reports = await MeetAsync(peer, server, deflate: false, tls: false, ["echo"]);

        PeerReport rejected = Assert.Single(reports);
        Assert.Equal(("rejected", 403, "interop"), (rejected.Event, rejected.Status, rejected.Headers!["x-reason"]));
        Assert.Equal(peer == PeerKind.PythonWebsockets ? null : Body, rejected.Body); // websockets does not tell
    }

    public void Dispose()
    {
        _guard.Dispose();
        _certificate.Dispose();
        _folder.Delete(recursive: true);
    }

    private Task<RouteServer> StartAsync(
        bool tls, Func<WsSession, CancellationToken, Task> handler, Action<WsEndpointOptions>? configure = null)
    {
        X509Certificate2? certificate = tls ? _certificate.Certificate : null;
        return RouteServer.StartAsync(handler, configure, certificate);
    }

    /// <summary>Runs a client, which has to come to a good end.</summary>
    private async Task<IReadOnlyList<PeerReport>> MeetAsync(PeerKind peer, RouteServer server, bool deflate, bool tls, string[] scenario)
    {
        List<string> flags = [];
        if (deflate)
            flags.Add("--deflate=default");
        if (tls)
        {
            string authority = Path.Combine(_folder.FullName, "authority.pem");
            await File.WriteAllTextAsync(authority, _certificate.Authority.ExportCertificatePem());
            flags.AddRange(["--ca", authority]);
        }

        using Peer client = Peer.StartClient(peer, server.Port(1), [.. scenario, .. flags], _guard.Token);
        try
        {
            await client.FinishAsync();
            return client.Reports;
        }
        catch (Exception e)
        {
            throw new XunitException($"{e}\n{await client.EndAndTellAsync()}", e);
        }
    }

    private async Task AssertEndedAsync(RouteServer server, CloseCode code, string reason, WsCloseCause cause)
    {
        WsCloseResult end = await server.EndAsync(_guard.Token);
        Assert.Equal((code, reason, cause, true), (end.Code, end.Reason ?? "", end.Cause, end.IsClean));
    }

    private static void AssertClosed(IReadOnlyList<PeerReport> reports, int code, string reason, string first)
    {
        PeerReport closed = Assert.Single(reports, report => report.Event == "closed");
        Assert.Equal((code, reason, first), (closed.Code, closed.Reason, closed.First));
    }

    private static IEnumerable<(string Kind, int Bytes, string Sha256)> Messages(IEnumerable<PeerReport> reports) =>
        reports.Where(report => report.Event == "message").Select(report => (report.Kind!, report.Bytes, report.Sha256!));

    private static IEnumerable<string> Pongs(IEnumerable<PeerReport> reports) =>
        reports.Where(report => report.Event == "pong").Select(report => report.Payload!);
}
