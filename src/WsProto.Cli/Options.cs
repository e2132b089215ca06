using System;
using System.CommandLine;
using System.Linq;

namespace WsProto.Cli;

/// <summary>Options of the kinds that verbs have.</summary>
internal static class Options
{
    public static Option<string?> Text(string name, string value, string description) =>
        new(name) { HelpName = value, Description = description };

    public static Option<int> Number(string name, string value, int normal, string description) =>
        new(name) { HelpName = value, Description = description, DefaultValueFactory = _ => normal };

    public static Option<string[]> Many(string name, string? alias, string value, string description)
    {
        var option = new Option<string[]>(name) { HelpName = value, Description = description, Arity = ArgumentArity.OneOrMore };
        if (alias is not null)
            option.Aliases.Add(alias);
        return option;
    }
}

/// <summary>An option whose value is given behind an equals sign or not at all, so that what follows it is never taken for one.</summary>
internal sealed class OptionalValueOption : Option<string?>
{
    public OptionalValueOption(string name, string value, string description)
        : base(name)
    {
        HelpName = value;
        Description = description;
        Arity = ArgumentArity.ExactlyOne;
    }

    /// <summary>Gives those that have no value a blank one, as the parser takes what follows for the value otherwise.</summary>
    public static string[] Complete(Command root, string[] arguments)
    {
        Command? verb = root.Subcommands.FirstOrDefault(verb => verb.Name == arguments.FirstOrDefault());
        OptionalValueOption[] known = [.. verb?.Options.OfType<OptionalValueOption>() ?? []];
        return [.. arguments.Select(one => Array.Exists(known, option => one.TrimEnd('=') == option.Name) ? one.TrimEnd('=') + "= " : one)];
    }
}
