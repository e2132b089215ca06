using System.Text.RegularExpressions;
using WsProto.Tests.House;

namespace WsProto.Docs.Tests;

/// <summary>What every source of the repository has to keep to.</summary>
public sealed partial class SourceTests
{
    private const int MaxWidth = 140;

    /// <summary>All files of the repository, by their paths in it.</summary>
    private static readonly string[] _files =
    [
        .. Directory.EnumerateFiles(
                Repository.Root,
                "*",
                new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
            .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))
            .Where(path => !Generated().IsMatch(path)),
    ];

    private static readonly ILookup<string, string> _sources =
        _files.Where(path => path.EndsWith(".cs", StringComparison.Ordinal)).ToLookup(FolderOf);

    public static TheoryData<string> Folders => [.. _sources.Select(folder => folder.Key).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Lines_of_code_are_not_too_wide(string folder) => Assert.Empty(_sources[folder].SelectMany(TooWide));

    /// <summary>Otherwise the repository cannot be checked out there.</summary>
    [Fact]
    public void Every_file_has_a_name_that_Windows_takes() => Assert.DoesNotContain(_files, path => !path.Split('/').All(IsName));

    /// <summary>Otherwise one of them overwrites the other on Windows and macOS.</summary>
    [Fact]
    public void No_two_files_differ_by_upper_and_lower_case_alone() =>
        Assert.Equal(_files.Length, _files.ToHashSet(StringComparer.OrdinalIgnoreCase).Count);

    [Theory]
    [InlineData("a-b_c.d.cs", true)]
    [InlineData(".editorconfig", true)]
    [InlineData("null", true)]
    [InlineData("COM10", true)]
    [InlineData("nul", false)]
    [InlineData("Aux.cs", false)]
    [InlineData("com1", false)]
    [InlineData("a:b", false)]
    [InlineData("a?", false)]
    [InlineData("a.", false)]
    [InlineData("a ", false)]
    public void Name_that_Windows_does_not_take_is_found(string name, bool isName) => Assert.Equal(isName, IsName(name));

    private static bool IsName(string name) => !Forbidden().IsMatch(name);

    private static IEnumerable<string> TooWide(string path) =>
        Repository.Read(path).Split('\n').Index()
            .Where(line => line.Item.Length > MaxWidth)
            .Select(line => $"{path}:{line.Index + 1}: {line.Item.Length} columns");

    /// <summary>The first folder, and the second where the first has one for each project.</summary>
    private static string FolderOf(string path)
    {
        string[] parts = path.Split('/');
        return parts[0] is "src" or "tests" or "examples" ? $"{parts[0]}/{parts[1]}" : parts[0];
    }

    /// <summary>As in .gitignore.</summary>
    [GeneratedRegex(
        @"(^|/)(bin|obj|artifacts|node_modules|__pycache__|TestResults|BenchmarkDotNet\.Artifacts|\.vs|\.idea|StrykerOutput|\.git)(/|$)")]
    private static partial Regex Generated();

    [GeneratedRegex("[<>:\"|?*\\\\\0-\x1F]|[. ]$|^(con|prn|aux|nul|com[1-9]|lpt[1-9])(\\.|$)", RegexOptions.IgnoreCase)]
    private static partial Regex Forbidden();
}
