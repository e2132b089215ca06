using System.Text.RegularExpressions;
using WsProto.Tests.House;

namespace WsProto.Docs.Tests;

/// <summary>Configurations of proxies on a page are those that tests/Interop runs real proxies with.</summary>
public sealed partial class ProxyTests
{
    /// <summary>The documents that tests/Interop takes them from.</summary>
    private static readonly string[] _run = ["docs/aspnetcore.md", "docs/socketio.md", "docs/socketio-scaling.md"];

    public static TheoryData<string> AllPages => [.. Pages.Own];

    [Theory]
    [MemberData(nameof(AllPages))]
    public void Configuration_of_a_proxy_is_one_that_is_run(string page) =>
        Assert.Subset(_run.SelectMany(BlocksOf).ToHashSet(), BlocksOf(page).ToHashSet());

    private static IEnumerable<string> BlocksOf(string page) => Block().Matches(Repository.Read(page)).Select(block => block.Value);

    [GeneratedRegex("```(nginx|haproxy)\n.*?\n```", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Block();
}
