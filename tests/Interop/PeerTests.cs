using Xunit;

namespace WsProto.Interop.Tests;

/// <summary>What the tests of both roles and of all matters have in common.</summary>
[Trait("Category", "Interop")]
public abstract class PeerTests
{
    /// <summary>The core's.</summary>
    private protected abstract ConnectionRole Role { get; }

    /// <summary>The core and a peer on a connection that is open, without a subprotocol and without compression.</summary>
    private protected Task<IReadOnlyList<PeerReport>> MeetOpenAsync(
        PeerKind peer, IEnumerable<string> scenario, Func<CoreEndpoint, Peer, Task> act, WsConnectionOptions? options = null) =>
        MeetOpenAsync(peer, scenario, deflate: null, act: (core, running) =>
        {
            Assert.Null(core.Deflate);
            return act(core, running);
        }, options);

    /// <param name="deflate">What the core offers or accepts with.</param>
    private protected Task<IReadOnlyList<PeerReport>> MeetOpenAsync(
        PeerKind peer, IEnumerable<string> scenario, PerMessageDeflate? deflate, Func<CoreEndpoint, Peer, Task> act,
        WsConnectionOptions? options) =>
        Role == ConnectionRole.Server
            ? CoreServer.MeetOpenAsync(peer, scenario, deflate, act, options)
            : CoreClient.MeetOpenAsync(peer, scenario, deflate, act, options);

    private protected static void AssertClose(CloseConnection close, CloseCode code, string reason)
    {
        Assert.Null(close.Error);
        Assert.Equal((code, reason), (close.Code, close.Reason ?? ""));
    }

    /// <param name="first">Who sent its Close first, as the peer sees it.</param>
    /// <param name="deflate">Whether the peer compresses.</param>
    private protected static void AssertClosed(
        IReadOnlyList<PeerReport> reports, CloseCode code, string reason, string first, bool deflate = false)
    {
        Assert.Equal(("open", deflate), (reports[0].Event, reports[0].Deflate));
        PeerReport closed = Assert.Single(reports, report => report.Event == "closed");
        Assert.Equal(((int)code, reason, first), (closed.Code, closed.Reason, closed.First));
    }

    private protected static IEnumerable<(string Kind, int Bytes, string Sha256)> Messages(IEnumerable<PeerReport> reports) =>
        reports.Where(report => report.Event == "message").Select(report => (report.Kind!, report.Bytes, report.Sha256!));

    private protected static IEnumerable<byte[]> Pongs(IEnumerable<PeerReport> reports) =>
        reports.Where(report => report.Event == "pong").Select(report => Convert.FromHexString(report.Payload!));
}
