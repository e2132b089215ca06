using System;
using System.CommandLine;
using System.Linq;

namespace WsProto.Cli.Completion;

/// <summary>The verb <c>completion</c>.</summary>
internal static class CompletionCommand
{
    /// <summary>Makes the verb.</summary>
    /// <param name="terminal">Where to write.</param>
    public static Command Create(Terminal terminal)
    {
        var shell = new Argument<string>("shell") { HelpName = "SHELL", Description = string.Join(", ", CompletionScripts.Shells) + "." };
        var verb = new VerbCommand(
            "completion",
            "Writes a script with which a shell completes verbs and options.",
            "source <(wsproto completion bash)",
            "wsproto completion fish > ~/.config/fish/completions/wsproto.fish")
        {
            shell,
        };
        verb.SetAction(parsed =>
        {
            string name = parsed.GetValue(shell)!;
            if (!CompletionScripts.Shells.Contains(name, StringComparer.Ordinal))
            {
                string known = string.Join(", ", CompletionScripts.Shells);
                throw new CliException(ExitCode.Usage, $"{name} is no shell that there is a script for: {known}.");
            }

            terminal.Out.Write(new CompletionScripts(parsed.RootCommandResult.Command).For(name));
            return ExitCode.Ok;
        });
        return verb;
    }
}
