using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace WsProto.Cli;

/// <summary>The help of a verb, with its examples at the end.</summary>
/// <param name="inner">Writes all but the examples.</param>
internal sealed class HelpWithExamples(HelpAction inner) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        int code = inner.Invoke(parseResult);
        if (parseResult.CommandResult.Command is VerbCommand verb)
        {
            parseResult.InvocationConfiguration.Output.WriteLine("Examples:");
            foreach (string example in verb.Examples)
                parseResult.InvocationConfiguration.Output.WriteLine("  " + example);
            parseResult.InvocationConfiguration.Output.WriteLine();
        }

        return code;
    }
}

/// <summary>A verb, which has examples.</summary>
/// <param name="name">The word.</param>
/// <param name="description">What it does.</param>
/// <param name="examples">Command lines.</param>
internal sealed class VerbCommand(string name, string description, params string[] examples) : Command(name, description)
{
    public string[] Examples { get; } = examples;

    /// <summary>Adds options that verbs share.</summary>
    public void Add(IEnumerable<Option> options)
    {
        foreach (Option option in options)
            Add(option);
    }
}
