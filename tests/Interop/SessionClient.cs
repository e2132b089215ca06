using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;
using Xunit.Sdk;

namespace WsProto.Interop.Tests;

/// <summary>How a session's client meets a server: compressed or not, over TLS or not. What both need for it is made here.</summary>
internal sealed class SessionClient : IDisposable
{
    /// <summary>Ends a test that hangs; the peers give up a little earlier by themselves.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly bool _tls;

    internal SessionClient(bool deflate, bool tls)
    {
        _tls = tls;
        Folder = Directory.CreateTempSubdirectory("wsproto");
        Certificate = TestCertificate.For("localhost", "127.0.0.1");
        Options = new WsClientOptions
        {
            Extensions = deflate ? [new PerMessageDeflate()] : [],
            ExtensionsRequired = deflate,
            Tls = tls ? Certificate.Trusted() : null,
        };
    }

    internal TestCertificate Certificate { get; }

    internal WsClientOptions Options { get; init; }

    private DirectoryInfo Folder { get; }

    internal Uri Uri(int port) => new($"{(_tls ? "wss" : "ws")}://127.0.0.1:{port}/interop?from=session");

    /// <summary>
    /// Starts a peer's server, connects to it and plays the test's part; the session is disposed of, and the peer has to come to a good
    /// end.
    /// </summary>
    /// <returns>What the peer said.</returns>
    internal async Task<IReadOnlyList<PeerReport>> MeetAsync(
        PeerKind kind, string[] scenario, Func<Func<ValueTask<WsSession>>, CancellationToken, Task> act)
    {
        using CancellationTokenSource guard = new(_patience);
        if (Options.Extensions is not [])
            scenario = [.. scenario, "--deflate=default"];
        if (_tls)
        {
            (string certificate, string key) = Certificate.WriteTo(Folder.FullName);
            scenario = [.. scenario, $"--tls={certificate},{key}"];
        }

        (Peer started, int port) = await Peer.StartServerAsync(kind, scenario, guard.Token);
        using Peer peer = started;
        try
        {
            await act(() => WsClient.ConnectAsync(Uri(port), Options, guard.Token), guard.Token);
            await peer.FinishAsync();
            return peer.Reports;
        }
        catch (Exception e)
        {
            throw new XunitException($"{e}\n{await peer.EndAndTellAsync()}", e);
        }
    }

    /// <summary>The same with a session that is open.</summary>
    internal Task<IReadOnlyList<PeerReport>> MeetOpenAsync(
        PeerKind kind, string[] scenario, Func<WsSession, CancellationToken, Task> act) =>
        MeetAsync(kind, scenario, async (connect, guard) =>
        {
            await using WsSession session = await connect();
            await act(session, guard);
        });

    public void Dispose()
    {
        Certificate.Dispose();
        Folder.Delete(recursive: true);
    }
}
