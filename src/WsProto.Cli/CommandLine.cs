using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Cli.Bench;
using WsProto.Cli.Completion;
using WsProto.Cli.Conform;
using WsProto.Cli.Connect;
using WsProto.Cli.Decode;
using WsProto.Cli.Encode;
using WsProto.Cli.Fuzz;
using WsProto.Cli.Listen;
using WsProto.Cli.Proxy;
using WsProto.Cli.Replay;

namespace WsProto.Cli;

/// <summary>All verbs.</summary>
internal static class CommandLine
{
    /// <summary>Runs what a command line asks for.</summary>
    /// <param name="arguments">The command line without the program.</param>
    /// <param name="terminal">Where to write.</param>
    /// <param name="cancellationToken">Breaks it off, as Ctrl+C does.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] arguments, Terminal terminal, CancellationToken cancellationToken = default)
    {
        RootCommand root = Root(terminal);
        ParseResult parsed = root.Parse(OptionalValueOption.Complete(root, arguments));
        string[] errors = [.. parsed.Errors.Select(error => error.Message), .. UnknownOptions(parsed, arguments)];
        if (errors.Length > 0 && parsed.Action is not HelpWithExamples)
        {
            foreach (string error in errors)
                await terminal.Error.WriteLineAsync("wsproto: " + error);
            await terminal.Error.WriteLineAsync($"Try '{NameOf(parsed)} --help'.");
            return ExitCode.Usage;
        }

        var configuration = new InvocationConfiguration
        {
            Output = terminal.Out,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            // It would hear signals only after the verb has begun.
            ProcessTerminationTimeout = null,
        };
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, terminal.Output?.Lost ?? default);
        int code;
        try
        {
            using var signals = new Signals(over.Token);
            code = await signals.RunAsync(token => parsed.InvokeAsync(configuration, token));
        }
        catch (CliException e)
        {
            code = await TellAsync(e, terminal);
        }
        catch (OperationCanceledException)
        {
            code = ExitCode.Interrupted;
        }

        // Without its output, it has not done what it should, however it ended.
        return terminal.Output?.Failure is { } failure && failure.ExitCode != code ? await TellAsync(failure, terminal) : code;
    }

    /// <summary>All verbs of the program.</summary>
    internal static RootCommand Root(Terminal terminal)
    {
        var root = new RootCommand("wsproto works with WebSockets, whatever language the other end is written in.")
        {
            ConformCommand.Create(terminal),
            ConnectCommand.Create(terminal),
            ListenCommand.Create(terminal),
            DecodeCommand.Create(terminal),
            EncodeCommand.Create(terminal),
            ProxyCommand.Create(terminal),
            ReplayCommand.Create(terminal),
            BenchCommand.Create(terminal),
            FuzzCommand.Create(terminal),
            CompletionCommand.Create(terminal),
        };
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }

    /// <summary>Arguments that look like options, for verbs that take any text; behind <c>--</c> nothing does.</summary>
    private static IEnumerable<string> UnknownOptions(ParseResult parsed, string[] arguments)
    {
        string[] looked = [.. arguments.TakeWhile(one => one != "--").Where(one => one.Length > 1 && one[0] == '-')];
        return parsed.CommandResult.Children.OfType<ArgumentResult>()
            .SelectMany(argument => argument.Tokens)
            .Where(token => looked.Contains(token.Value, StringComparer.Ordinal))
            .Select(token => $"Unrecognized command or argument '{token.Value}'.");
    }

    private static async Task<int> TellAsync(CliException e, Terminal terminal)
    {
        if (e.Message.Length > 0)
            await terminal.Error.WriteLineAsync("wsproto: " + Terminal.Plain(e.Message));
        return e.ExitCode;
    }

    private static string NameOf(ParseResult parsed) =>
        parsed.CommandResult.Command is RootCommand ? "wsproto" : $"wsproto {parsed.CommandResult.Command.Name}";
}
