namespace WsProto.Fuzz;

/// <summary>Where inputs lie in the repository.</summary>
internal static class Folders
{
    private static readonly string _root = FindRoot();

    public static string Corpus(Target target) => Path.Combine(_root, "tests", "Fuzz", "Corpus", target.Name);

    /// <summary>Inputs that once found a fault.</summary>
    public static string Crashes(Target target) => Path.Combine(_root, "tests", "Fuzz", "Crashes", target.Name);

    /// <summary>What the driver finds; not under version control until somebody moves it to Crashes.</summary>
    public static string Found(Target target) => Path.Combine(_root, "artifacts", "fuzz", target.Name);

    /// <summary>The files of Corpus and Crashes, in an order that is the same everywhere.</summary>
    public static string[] Inputs(Target target) =>
    [
        .. ((string[])[Corpus(target), Crashes(target)]).Where(Directory.Exists).SelectMany(Directory.GetFiles)
            .Order(StringComparer.Ordinal),
    ];

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "WsProto.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? Environment.CurrentDirectory;
    }
}
