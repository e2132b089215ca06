using WsProto.Tests.House;

namespace WsProto.Docs.Tests;

/// <summary>The pages of the site, as paths in the repository.</summary>
internal static class Pages
{
    /// <summary>The pages whose blocks of code this project keeps true. Those of other pages belong to tests of their packages.</summary>
    internal static IEnumerable<string> Own { get; } =
    [
        "README.md",
        "docs/as-websocket.md",
        "docs/conformance.md",
        "docs/getting-started.md",
        .. new[] { "concepts", "guides", "migrating", "reference" }.SelectMany(In).Order(StringComparer.Ordinal),
    ];

    private static IEnumerable<string> In(string folder)
    {
        string path = Repository.PathOf($"docs/{folder}");
        return Directory.Exists(path)
            ? Directory.EnumerateFiles(path, "*.md", SearchOption.AllDirectories)
                .Select(page => Path.GetRelativePath(Repository.Root, page).Replace('\\', '/'))
            : [];
    }
}
