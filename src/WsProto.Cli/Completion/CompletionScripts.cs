// What a shell completes: verbs, the options of each, and files. The scripts are written from the verbs themselves, and start no program.

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using System.Text;

namespace WsProto.Cli.Completion;

/// <param name="root">All verbs.</param>
internal sealed class CompletionScripts(Command root)
{
    /// <summary>The shells that there is a script for.</summary>
    public static IReadOnlyList<string> Shells { get; } = ["bash", "zsh", "fish", "powershell"];

    private IEnumerable<Command> Verbs => root.Subcommands.Where(verb => !verb.Hidden);

    /// <summary>The script for a shell.</summary>
    public string For(string shell) => shell switch
    {
        "bash" => Bash(),
        "zsh" => Zsh(),
        "fish" => Fish(),
        _ => PowerShell(),
    };

    private string Bash()
    {
        var script = new StringBuilder();
        script.Append("_wsproto() {\n  local word=${COMP_WORDS[COMP_CWORD]} words\n");
        script.Append("  if ((COMP_CWORD == 1)); then\n");
        script.Append($"    words='{Names(Verbs.Select(verb => verb.Name))}'\n").Append("  else\n");
        script.Append("    case ${COMP_WORDS[1]} in\n");
        foreach (Command verb in Verbs)
            script.Append($"      {verb.Name}) words='{Names(OptionsOf(verb))}' ;;\n");
        script.Append("    esac\n  fi\n");
        script.Append("  if ((COMP_CWORD > 1)) && [[ $word != -* ]]; then\n    COMPREPLY=($(compgen -f -- \"$word\"))\n");
        script.Append("  else\n    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n  fi\n}\n");
        return script.Append("complete -o filenames -F _wsproto wsproto\n").ToString();
    }

    private string Zsh()
    {
        var script = new StringBuilder("#compdef wsproto\n_wsproto() {\n  if ((CURRENT == 2)); then\n    local -a verbs=(\n");
        foreach (Command verb in Verbs)
            script.Append($"      '{verb.Name}:{Quoted(verb, "'\\''")}'\n");
        script.Append("    )\n    _describe verb verbs\n    return\n  fi\n  case ${words[2]} in\n");
        foreach (Command verb in Verbs)
            script.Append($"    {verb.Name}) [[ $PREFIX == -* ]] && compadd -- {Names(OptionsOf(verb))} ;;\n");
        script.Append("  esac\n  [[ $PREFIX == -* ]] || _files\n}\n");
        // A file of fpath is the function's first call; one that is sourced says what it is for.
        return script.Append("if [[ $funcstack[1] == _wsproto ]]; then _wsproto \"$@\"; else compdef _wsproto wsproto; fi\n").ToString();
    }

    private string Fish()
    {
        var script = new StringBuilder();
        foreach (Command verb in Verbs)
        {
            script.Append($"complete -c wsproto -n __fish_use_subcommand -f -a {verb.Name} -d '{Quoted(verb, "\\'")}'\n");
            foreach (Option option in Shown(verb))
            {
                string names = string.Concat(NamesOf(option).Select(name =>
                    name.StartsWith("--", StringComparison.Ordinal) ? $" -l {name[2..]}" : $" -s {name[1..]}"));
                string value = option.Arity.MaximumNumberOfValues > 0 && option.ValueType != typeof(bool) ? " -r" : "";
                script.Append($"complete -c wsproto -n '__fish_seen_subcommand_from {verb.Name}'{names}{value}");
                script.Append($" -d '{Quoted(option, "\\'")}'\n");
            }
        }

        return script.ToString();
    }

    private string PowerShell()
    {
        var script = new StringBuilder("Register-ArgumentCompleter -Native -CommandName wsproto -ScriptBlock {\n");
        script.Append("  param($word, $line, $place)\n  $options = @{\n");
        foreach (Command verb in Verbs)
            script.Append($"    '{verb.Name}' = '{Names(OptionsOf(verb))}'\n");
        script.Append("  }\n  $parts = @($line.CommandElements | ForEach-Object { $_.ToString() })\n");
        script.Append("  $isVerb = $parts.Count -lt 2 -or ($parts.Count -eq 2 -and $word)\n");
        script.Append("  $words = if ($isVerb) { $options.Keys | Sort-Object } else { \"$($options[$parts[1]])\" -split ' ' }\n");
        script.Append("  $words | Where-Object { $_ -and $_.StartsWith($word) } | ForEach-Object {\n");
        script.Append("    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)\n  }\n}\n");
        return script.ToString();
    }

    private static IEnumerable<Option> Shown(Command verb) => verb.Options.Where(option => !option.Hidden);

    private static IEnumerable<string> OptionsOf(Command verb) => Shown(verb).SelectMany(NamesOf);

    private static IEnumerable<string> NamesOf(Option option) => option.Aliases.Prepend(option.Name).Distinct();

    private static string Names(IEnumerable<string> names) => string.Join(' ', names);

    private static string Quoted(Symbol symbol, string quote) => (symbol.Description ?? "").Replace("'", quote, StringComparison.Ordinal);
}
