using System.Reflection;
using System.Text.RegularExpressions;
using WsProto.Tests.House;

namespace WsProto.Docs.Tests;

/// <summary>
/// Code on a page is a copy of a program that is compiled here: <c>&lt;!-- example: path#region --&gt;</c>, then the block. What a page says
/// that a program prints is what it prints: <c>&lt;!-- output: Type --&gt;</c>, then a block of text; the type is a static class of
/// <c>Programs</c> with a method <c>RunAsync()</c>.
/// </summary>
public sealed partial class ProgramTests
{
    public static TheoryData<string> AllPages => [.. Pages.Own];

    [Theory]
    [MemberData(nameof(AllPages))]
    public async Task Code_is_compiled_and_prints_what_the_page_says(string page)
    {
        string text = CodeBlocks.Refresh(Repository.Read(page), Repository.Read);
        Assert.Equal(0, CodeBlocks.CountUnmarked(text));
        foreach (string program in Output().Matches(text).Select(output => output.Groups["program"].Value).Distinct())
        {
            string printed = await RunAsync(program);
            text = Output().Replace(text, output => output.Groups["program"].Value == program
                ? $"{output.Groups["marker"].Value}```text\n{printed.Trim('\n')}\n```"
                : output.Value);
        }

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
        IEnumerable<string> run = Pages.Own.SelectMany(page => Output().Matches(Repository.Read(page)).Select(output => output.Groups["program"].Value));
        Assert.Equal(programs.Order(StringComparer.Ordinal), run.Distinct().Order(StringComparer.Ordinal));
    }

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

    [GeneratedRegex("(?<marker><!-- output: (?<program>[A-Za-z0-9]+) -->\n+)```text\n.*?\n?```", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Output();
}
