using System.Reflection;
using System.Text.RegularExpressions;
using WsProto.Tests.House;

namespace WsProto.Docs.Tests;

/// <summary>
/// Code on a page is a copy of a program that is compiled here: <c>&lt;!-- example: path#region --&gt;</c>, then the block. What a page
/// says that a program prints is what it prints: <c>&lt;!-- output: Type --&gt;</c>, then a block of text; the type is a static class of
/// <c>Programs</c> with a method <c>RunAsync()</c>. Where a mark names several programs, all of them print the same. Names with a dot are
/// scripts, which <see cref="ScriptTests"/> runs. Code of other languages whose libraries the gate does not have says so:
/// <c>&lt;!-- not run: reason --&gt;</c>, then the block.
/// </summary>
public sealed partial class ProgramTests
{
    public static TheoryData<string> AllPages => [.. Pages.Own];

    [Theory]
    [MemberData(nameof(AllPages))]
    public async Task Code_is_compiled_and_prints_what_the_page_says(string page)
    {
        string text = CodeBlocks.Refresh(Repository.Read(page), Repository.Read);
        Assert.Equal(0, CodeBlocks.CountUnmarked(WithoutNotRun(text)));
        Assert.Equal(text.Split("<!-- output:").Length - 1, Output().Count(text)); // a mark without its block would be about nothing
        Dictionary<string, string> printed = [];
        foreach (string program in OutputsOf(text).SelectMany(output => output.Programs).Where(IsType).Distinct())
            printed.Add(program, (await RunAsync(program)).Trim('\n'));
        text = Output().Replace(text, output =>
        {
            string[] types = [.. NamesOf(output).Where(IsType)];
            Assert.All(types, type => Assert.Equal(printed[types[0]], printed[type]));
            return types.Length == 0 ? output.Value : $"{output.Groups["marker"].Value}```text\n{printed[types[0]]}\n```";
        });
        Repository.Approve(page, text);
    }

    /// <summary>A program that no page has the output of is one that nobody runs.</summary>
    [Fact]
    public void Every_program_is_run()
    {
        IEnumerable<string> programs = typeof(ProgramTests).Assembly.GetTypes()
            .Where(type => type.Namespace?.StartsWith("WsProto.Docs.Programs", StringComparison.Ordinal) == true)
            .Where(type => MainOf(type) is not null)
            .Select(type => type.Name);
        IEnumerable<string> run = OutputsOfPages().SelectMany(output => output.Programs).Where(IsType).Distinct();
        Assert.Equal(programs.Order(StringComparer.Ordinal), run.Order(StringComparer.Ordinal));
    }

    /// <summary>A page without the blocks that say that they are not run.</summary>
    internal static string WithoutNotRun(string text) => NotRun().Replace(text, "");

    /// <summary>What programs and scripts print, as the pages say it.</summary>
    internal static IEnumerable<(string[] Programs, string Printed)> OutputsOfPages() =>
        Pages.Own.SelectMany(page => OutputsOf(Repository.Read(page)));

    private static IEnumerable<(string[] Programs, string Printed)> OutputsOf(string text) =>
        Output().Matches(text).Select(output => (NamesOf(output), output.Groups["printed"].Value));

    private static string[] NamesOf(Match output) => [.. output.Groups["program"].Captures.Select(program => program.Value)];

    private static bool IsType(string program) => !program.Contains('.', StringComparison.Ordinal);

    private static MethodInfo? MainOf(Type type) => type.GetMethod("RunAsync", BindingFlags.Static | BindingFlags.Public, []);

    private static async Task<string> RunAsync(string name)
    {
        Type? program = typeof(ProgramTests).Assembly.GetTypes().SingleOrDefault(
            type => type.Name == name && type.Namespace?.StartsWith("WsProto.Docs.Programs", StringComparison.Ordinal) == true);
        Assert.True(program is not null && MainOf(program) is not null, $"There is no program '{name}'.");
        var printed = new StringWriter { NewLine = "\n" };
        TextWriter console = Console.Out;
        Console.SetOut(TextWriter.Synchronized(printed));
        try
        {
            await ((Task)MainOf(program!)!.Invoke(null, null)!).WaitAsync(TimeSpan.FromSeconds(60));
        }
        finally
        {
            Console.SetOut(console);
        }

        return printed.ToString();
    }

    [GeneratedRegex("<!-- not run: [^>]+ -->\n+```(python|javascript)\n.*?\n```", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex NotRun();

    [GeneratedRegex(
        "(?<marker><!-- output: (?<program>[A-Za-z0-9_.]+)( (?<program>[A-Za-z0-9_.]+))* -->\n+)```text\n(?<printed>.*?)\n?```",
        RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Output();
}
