using System.CommandLine;

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
