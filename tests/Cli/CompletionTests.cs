using System.Diagnostics;

namespace WsProto.Cli.Tests;

/// <summary>The verb <c>completion</c>.</summary>
public sealed class CompletionTests
{
    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    [InlineData("powershell")]
    public async Task Script_of_each_shell_has_all_verbs_and_their_options(string shell)
    {
        Tool tool = await Tool.RunAsync("completion", shell);
        Assert.Equal((0, ""), (tool.Code, tool.Error));
        var terminal = new Terminal(TextWriter.Null, TextWriter.Null, IsInteractive: false, HasColor: false, 80);
        foreach (System.CommandLine.Command verb in CommandLine.Root(terminal).Subcommands)
        {
            Assert.Contains(verb.Name, tool.Out, StringComparison.Ordinal);
            Assert.All(verb.Options, option => Assert.Contains(shell == "fish" ? $"-l {option.Name[2..]}" : option.Name, tool.Out, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("wsproto de", "decode")]
    [InlineData("wsproto decode --sh", "--show")]
    [InlineData("wsproto proxy --", "--fault --seed --control --record --tls --insecure --ca --cert --show --json --quiet --connections")]
    [InlineData("wsproto nope --", "")]
    public async Task Bash_completes_by_the_script(string line, string expected)
    {
        Tool tool = await Tool.RunAsync("completion", "bash");
        string[] words = line.Split(' ');
        string ask = $"COMP_WORDS=({line}); COMP_CWORD={words.Length - 1}; _wsproto; echo \"${{COMPREPLY[*]}}\"";
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", tool.Out + ask]) { RedirectStandardOutput = true })!;
        Assert.Equal(expected, (await bash.StandardOutput.ReadToEndAsync()).Trim());
        await bash.WaitForExitAsync();
    }

    [Fact]
    public async Task Shell_without_a_script__says_so()
    {
        Tool tool = await Tool.RunAsync("completion", "tcsh");
        Assert.Equal((2, "wsproto: tcsh is no shell that there is a script for: bash, zsh, fish, powershell.\n"), (tool.Code, tool.Error));
    }
}
