using System.Diagnostics;
using WsProto.Tests.House;

namespace WsProto.Docs.Tests;

/// <summary>
/// What pages show of other languages is run too. A script that stands in <c>&lt;!-- output: Type script.py --&gt;</c> prints what the
/// block says, which is what the program prints.
/// </summary>
public sealed class ScriptTests
{
    private static readonly string[] _extensions = [".py", ".js"];

    [Theory]
    [Scripts(".py")]
    public Task Python_prints_what_the_page_says(string script) => PrintsWhatThePageSays(script, ScriptHost.Python);

    [Theory]
    [Scripts(".js")]
    public Task JavaScript_prints_what_the_page_says(string script) => PrintsWhatThePageSays(script, ScriptHost.Node);

    [Fact]
    public void Every_script_is_run()
    {
        IEnumerable<string> files = Directory.EnumerateFiles(Repository.PathOf("tests/Docs/Programs"), "*", SearchOption.AllDirectories)
            .Select(file => Path.GetFileName(file))
            .Where(name => _extensions.Contains(Path.GetExtension(name)));
        Assert.Equal(files.Order(StringComparer.Ordinal), _extensions.SelectMany(ScriptsAttribute.Named).Order(StringComparer.Ordinal));
    }

    private static async Task PrintsWhatThePageSays(string script, ScriptHost host)
    {
        Assert.True(host.Missing is null, $"WSPROTO_REQUIRE_PEERS is set, but {host.Missing}.");
        string file = Directory.EnumerateFiles(Repository.PathOf("tests/Docs/Programs"), script, SearchOption.AllDirectories).Single();
        ProcessStartInfo start = host.ToRun(file);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using Process process = Process.Start(start)!;
        try
        {
            using var guard = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            Task<string> complaint = process.StandardError.ReadToEndAsync(guard.Token);
            string printed = await process.StandardOutput.ReadToEndAsync(guard.Token);
            await process.WaitForExitAsync(guard.Token);
            Assert.True(process.ExitCode == 0, $"{script} failed with {process.ExitCode}: {await complaint}");
            printed = printed.ReplaceLineEndings("\n").Trim('\n');
            Assert.All(
                ProgramTests.OutputsOfPages().Where(output => output.Programs.Contains(script)),
                output => Assert.Equal(output.Printed, printed));
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
