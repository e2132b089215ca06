using System.Runtime.CompilerServices;

namespace WsProto.Tests.House;

/// <summary>The files of the repository, and what it takes to change one that a test keeps true.</summary>
internal static class Repository
{
    private const string Accept = "WSPROTO_ACCEPT";

    public static string Root { get; } = FindRoot();

    public static string PathOf(string path) => Path.Combine(Root, path);

    public static string Read(string path) => File.ReadAllText(PathOf(path)).ReplaceLineEndings("\n");

    /// <summary>Wants a file to hold this text; writes it there instead if the environment says so.</summary>
    public static void Approve(string path, string expected)
    {
        string actual = File.Exists(PathOf(path)) ? Read(path) : "";
        if (actual == expected)
            return;
        if (Environment.GetEnvironmentVariable(Accept) == "1")
        {
            File.WriteAllText(PathOf(path), expected);
            return;
        }

        Assert.Fail($"{path} does not say what the code says.\n{FirstDifference(actual, expected)}"
            + $"\nIf the code is right: set {Accept}=1, run this test again, which rewrites the file, and review the difference.");
    }

    private static string FirstDifference(string actual, string expected)
    {
        string[] inFile = actual.Split('\n');
        string[] inCode = expected.Split('\n');
        int i = 0;
        while (i < inFile.Length && i < inCode.Length && inFile[i] == inCode[i])
            i++;
        return $"  line {i + 1} of the file: {inFile.ElementAtOrDefault(i) ?? "(none)"}\n"
            + $"  from the code:      {inCode.ElementAtOrDefault(i) ?? "(none)"}";
    }

    private static string FindRoot([CallerFilePath] string here = "")
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "WsProto.sln")))
            folder = folder.Parent;
        return folder?.FullName
            ?? throw new InvalidOperationException($"The tests have to run inside the repository that {here} belongs to.");
    }
}
