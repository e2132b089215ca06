namespace WsProto.Tests.Conformance;

/// <summary>A case of the community's suite.</summary>
/// <param name="Id">Its number there.</param>
/// <param name="Sends">What the scripted end does, in a few words.</param>
/// <param name="Run">Runs it against an end of the role under test; throws where that does not behave.</param>
internal sealed record SuiteCase(string Id, string Sends, Action<ConnectionRole> Run)
{
    /// <summary>For a case without a right or wrong: what this library does. Null for all others.</summary>
    public string? Informational { get; init; }

    /// <summary>A case on a connection without extensions.</summary>
    public static SuiteCase Plain(string id, string sends, Action<ScriptedPeer> script) => new(id, sends, role =>
    {
        using var peer = new ScriptedPeer(role);
        script(peer);
    });

    /// <summary>A case that ends with a clean close, begun by the scripted end.</summary>
    public static SuiteCase Clean(string id, string sends, Action<ScriptedPeer> script) => Plain(id, sends, peer =>
    {
        script(peer);
        peer.ClosesCleanly();
    });
}
