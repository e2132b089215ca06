using WsProto.Cli;

namespace WsProto.Cli.Tests;

/// <summary>A run of the program in this process.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Out">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
internal sealed record Tool(int Code, string Out, string Error)
{
    /// <summary>The lines of standard output.</summary>
    internal string[] Lines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The lines of standard output that are no summary, as fields.</summary>
    internal string[][] Cases => [.. Lines.Where(line => line[0] != '#').Select(line => line.Split('\t'))];

    /// <summary>Runs it in a pipe.</summary>
    internal static Task<Tool> RunAsync(params string[] arguments) => RunAsync(isInteractive: false, hasColor: false, 80, arguments);

    /// <summary>Runs it as on a terminal.</summary>
    internal static async Task<Tool> RunAsync(bool isInteractive, bool hasColor, int width, params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        int code = await CommandLine.RunAsync(arguments, new Terminal(output, error, isInteractive, hasColor, width));
        return new Tool(code, output.ToString(), error.ToString());
    }
}
