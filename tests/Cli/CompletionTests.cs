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
            Assert.All(
                verb.Options,
                option => Assert.Contains(shell == "fish" ? $"-l {option.Name[2..]}" : option.Name, tool.Out, StringComparison.Ordinal));
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

    /// <summary>A file of fpath completes from the first time on; one that is sourced says what it is for.</summary>
    [ShellTheory("zsh")]
    [InlineData("wsproto de", "verbs 10")]
    [InlineData("wsproto decode --sh", "words --format --from --deflate --show --json")]
    [InlineData("wsproto decode fi", "files")]
    public async Task Zsh_completes_by_the_script(string line, string expected)
    {
        string folder = Directory.CreateTempSubdirectory("wsproto").FullName;
        string file = Path.Combine(folder, "_wsproto");
        await File.WriteAllTextAsync(file, (await Tool.RunAsync("completion", "zsh")).Out);
        string stubs =
            "_describe() { echo verbs ${#verbs} }; compadd() { shift; echo words $@ }; _files() { echo files }; compdef() { echo $@ }; ";
        string ask = $"words=({line}); CURRENT=2; (( $#words > 2 )) && CURRENT=3; PREFIX=$words[-1]; ";
        Assert.Equal(expected, await RunAsync("zsh", "-fc", $"{stubs}{ask}fpath=({folder}); autoload -Uz _wsproto; _wsproto"));
        Assert.Equal("_wsproto wsproto", await RunAsync("zsh", "-fc", $"{stubs}source {file}"));
        Directory.Delete(folder, recursive: true);
    }

    [ShellTheory("fish")]
    [InlineData("wsproto de", "decode\tShows the frames in a file: a capture (pcap, pcapng), a hex dump, or octets as they were sent.")]
    [InlineData("wsproto decode --sh", "--show\tHow much of each payload is shown; 64 unless told.")]
    [InlineData("wsproto connect --sh", "")]
    public async Task Fish_completes_by_the_script(string line, string expected)
    {
        string script = (await Tool.RunAsync("completion", "fish")).Out;
        Assert.Equal(expected, await RunAsync("fish", "--no-config", "-c", $"{script}\ncomplete -C '{line}'"));
    }

    private static async Task<string> RunAsync(string shell, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(shell, arguments) { RedirectStandardOutput = true })!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output.TrimEnd();
    }

    [Fact]
    public async Task Shell_without_a_script__says_so()
    {
        Tool tool = await Tool.RunAsync("completion", "tcsh");
        Assert.Equal((2, "wsproto: tcsh is no shell that there is a script for: bash, zsh, fish, powershell.\n"), (tool.Code, tool.Error));
    }
}
