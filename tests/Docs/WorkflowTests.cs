using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using WsProto.Tests.House;

namespace WsProto.Docs.Tests;

/// <summary>What workflows and scripts say of the sources is true.</summary>
public sealed partial class WorkflowTests
{
    private static readonly string _nightly = Repository.Read(".github/workflows/nightly.yml");

    [Fact]
    public void Every_folder_of_the_core_is_mutated()
    {
        IEnumerable<string> folders = Directory.EnumerateDirectories(Repository.PathOf("src/WsProto"))
            .Select(folder => Path.GetFileName(folder)!)
            .Where(folder => folder is not ("bin" or "obj"));
        Assert.Equal(
            folders.Select(folder => $"{folder}/**/*.cs").Append("*.cs").Order(StringComparer.Ordinal),
            Mutated().Matches(_nightly).Select(entry => entry.Groups["files"].Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Mutants_that_survive_fail_the_nightly_run()
    {
        Assert.Contains("--mutate '${{ matrix.files }}' --break-at ${{ matrix.least }}\n", _nightly, StringComparison.Ordinal);
        Assert.All(
            Mutated().Matches(_nightly).Select(entry => int.Parse(entry.Groups["least"].Value, CultureInfo.InvariantCulture)),
            least => Assert.InRange(least, 90, 100));
        JsonNode configuration = JsonNode.Parse(Repository.Read("tests/Unit/stryker-config.json"))!;
        Assert.Equal(96, (int)configuration["stryker-config"]!["thresholds"]!["break"]!);
    }

    /// <summary>MSBuild takes slashes on Linux and macOS alone (dotnet/msbuild issue 12729), and backslashes everywhere.</summary>
    [Fact]
    public void Filter_of_the_solution_can_be_read_on_Windows()
    {
        JsonNode filter = JsonNode.Parse(Repository.Read(".ci/quick.slnf"))!["solution"]!;
        Assert.Equal(@"..\WsProto.sln", (string?)filter["path"]);
        string solution = Repository.Read("WsProto.sln");
        Assert.All(
            filter["projects"]!.AsArray().Select(project => $"\"{(string?)project}\""),
            project => Assert.Contains(project, solution, StringComparison.Ordinal));
    }

    /// <summary>A breaking change shows in the listing, and a test compares that with the code.</summary>
    [Fact]
    public void Every_library_lists_its_public_API()
    {
        string[] libraries =
        [
            .. Directory.EnumerateFiles(Repository.PathOf("src"), "*.csproj", SearchOption.AllDirectories)
                .Where(project => !File.ReadAllText(project).Contains("<PackAsTool>", StringComparison.Ordinal))
                .Select(project => Path.GetFileNameWithoutExtension(project)),
        ];
        string[] compared =
        [
            .. Directory.EnumerateFiles(Repository.PathOf("tests"), "*.cs", SearchOption.AllDirectories)
                .SelectMany(file => Compared().Matches(File.ReadAllText(file)))
                .Select(call => call.Groups["library"].Value),
        ];
        Assert.Equal(libraries.Order(StringComparer.Ordinal), compared.Order(StringComparer.Ordinal));
        Assert.All(libraries, library => Assert.True(File.Exists(Repository.PathOf($"src/{library}/PublicApi.approved.txt"))));
    }

    [GeneratedRegex("""\{ folder: \w+, files: "(?<files>[^"]+)", least: (?<least>\d+) \}""", RegexOptions.ExplicitCapture)]
    private static partial Regex Mutated();

    [GeneratedRegex("""Approve\(\s*"src/(?<library>[\w.]+)/PublicApi\.approved\.txt", PublicApiText\.Of\(""", RegexOptions.ExplicitCapture)]
    private static partial Regex Compared();
}
