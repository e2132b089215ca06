using WsProto.Tests;

namespace WsProto.Fuzz;

/// <summary>What came of a run: what was read, the state after it, and what was sent.</summary>
internal sealed record Played(List<WsEvent> Events, ConnectionState State, byte[] Sent)
{
    /// <summary>
    /// The events as no cut changes them: pieces of one frame are joined, and the last piece before a violation is left out, as it is
    /// delivered only if it arrived before the bad byte.
    /// </summary>
    public List<WsEvent> Comparable { get; } = Join(Events);

    /// <summary>The same, and violations without their words.</summary>
    public List<WsEvent> WithoutWords =>
        [.. Comparable.Select(e => e is CloseConnection { Error: not null } close ? close with { Reason = null } : e)];

    /// <summary>Wants this to be what another way of reading the same bytes gave.</summary>
    public void SameAs(Played other, bool sentToo, string rule)
    {
        SameEvents(Comparable, other.Comparable, rule);
        Oracle.Same(State, other.State, $"{rule} The states differ.");
        if (sentToo)
            Oracle.Same(Convert.ToHexString(Sent), Convert.ToHexString(other.Sent), $"{rule} What is sent differs.");
    }

    public static void SameEvents(List<WsEvent> expected, List<WsEvent> actual, string rule)
    {
        if (!expected.SequenceEqual(actual))
            throw new OracleException($"{rule}\n  expected {string.Join(" | ", expected)}\n  actual   {string.Join(" | ", actual)}");
    }

    private static List<WsEvent> Join(List<WsEvent> events)
    {
        List<WsEvent> merged = Cuts.Merge(events);
        if (merged is [.., Message { FrameFinished: false }, CloseConnection { Error: not null }])
            merged.RemoveAt(merged.Count - 2);
        return merged;
    }
}
