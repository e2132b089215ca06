namespace WsProto.Cli.Tests;

/// <summary>A test that needs a shell. It is skipped where that is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ShellTheoryAttribute : TheoryAttribute
{
    /// <param name="shell">The name of the program.</param>
    public ShellTheoryAttribute(string shell)
    {
        Shell = shell;
        string[] folders = Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator) ?? [];
        if (!Array.Exists(folders, folder => File.Exists(Path.Combine(folder, shell))))
            Skip = $"{shell} is not installed (apt-get install {shell})";
    }

    public string Shell { get; }
}
