using System.Diagnostics;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using WsProto.Tests.House;

namespace WsProto.Examples.Tests;

/// <summary>
/// Each example has a README. The block of text in it is what the command before it prints; examples that serve until they are stopped have
/// none, and tests of their own.
/// </summary>
public sealed partial class ReadmeTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    // Those whose output differs from run to run, as they serve, or are tests.
    private static readonly string[] _silent = ["AspNetChat", "Smallest", "SocketIOChat", "Testing"];

    public static TheoryData<string> Examples =>
        [.. Directory.EnumerateDirectories(Repository.PathOf("examples"))
            .Select(folder => Path.GetFileName(folder)!)
            .Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task Example_prints_what_its_README_says(string example)
    {
        string path = $"examples/{example}/README.md";
        string text = Repository.Read(path);
        if (_silent.Contains(example))
        {
            Assert.DoesNotMatch(Run(), text);
            return;
        }

        Match run = Assert.Single(Run().Matches(text));
        Assert.Equal(example, run.Groups["example"].Value);
        string printed = await PrintAsync(example, run.Groups["arguments"].Value);
        string said = run.Groups["printed"].Value;
        if (WithoutChance(printed) != WithoutChance(said))
            Repository.Approve(path, text[..run.Groups["printed"].Index] + printed + text[(run.Groups["printed"].Index + said.Length)..]);
    }

    /// <summary>A free port and the time of a round trip are not the same in two runs.</summary>
    private static string WithoutChance(string printed) => Chance().Replace(printed, "0");

    private static async Task<string> PrintAsync(string example, string arguments)
    {
        string output = typeof(ReadmeTests).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        string program = Repository.PathOf($"examples/{example}/bin/{output}/net10.0/{example}.dll");
        string[] words = arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. words])
        {
            RedirectStandardOutput = true,
            StandardOutputEncoding = Encoding.UTF8,
        })!;
        using var patience = new CancellationTokenSource(_limit);
        try
        {
            string printed = await process.StandardOutput.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            Assert.Equal(0, process.ExitCode);
            return printed.ReplaceLineEndings("\n");
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    [GeneratedRegex(
        @"^    dotnet run --project examples/(?<example>\w+)( -- (?<arguments>[^\n]+))?\n"
            + @"(?!.*^    dotnet run).*?^```text\n(?<printed>.*?)^```",
        RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Run();

    [GeneratedRegex(@"(?<=127\.0\.0\.1:)\d+|[0-9.]+(?= ms)", RegexOptions.ExplicitCapture)]
    private static partial Regex Chance();
}
