using System.Text;
using Microsoft.Extensions.Time.Testing;

namespace WsProto.Cli.Tests;

/// <summary>A run of the program in this process.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Out">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
internal sealed record Tool(int Code, string Out, string Error)
{
    /// <summary>What it wrote to standard output as octets.</summary>
    internal byte[] Octets { get; private init; } = [];

    /// <summary>The same as text.</summary>
    internal string Payloads => Encoding.UTF8.GetString(Octets);

    /// <summary>The lines of standard output.</summary>
    internal string[] Lines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The lines of standard output that are no summary, as fields.</summary>
    internal string[][] Cases => [.. Lines.Where(line => line[0] != '#').Select(line => line.Split('\t'))];

    /// <summary>Runs it in a pipe.</summary>
    internal static Task<Tool> RunAsync(params string[] arguments) => RunAsync(isInteractive: false, hasColor: false, 80, arguments);

    /// <summary>Runs it as on a terminal.</summary>
    internal static Task<Tool> RunAsync(bool isInteractive, bool hasColor, int width, params string[] arguments) =>
        RunAsync(new Terminal(TextWriter.Null, TextWriter.Null, isInteractive, hasColor, width), arguments);

    /// <summary>Runs it in a pipe, with this input.</summary>
    internal static Task<Tool> PipeAsync(string input, params string[] arguments) => PipeAsync(Encoding.UTF8.GetBytes(input), arguments);

    internal static Task<Tool> PipeAsync(byte[] input, params string[] arguments) => RunAsync(Pipe(new MemoryStream(input)), arguments);

    /// <summary>
    /// Runs it in time that passes as fast as it can; what the other end sends before a Close is counted however late it is.
    /// </summary>
    internal static Task<Tool> InMadeUpTimeAsync(params string[] arguments) => InMadeUpTimeAsync(Task.CompletedTask, arguments);

    /// <summary>The same; time stands still at first.</summary>
    internal static async Task<Tool> InMadeUpTimeAsync(Task beginning, params string[] arguments)
    {
        var clock = new FakeTimeProvider();
        Task<Tool> running = RunAsync(Pipe(Stream.Null) with { Clock = clock }, arguments);
        await Task.WhenAny(beginning, running);
        while (!running.IsCompleted)
        {
            clock.Advance(TimeSpan.FromMilliseconds(10));
            await Task.Yield();
        }

        return await running;
    }

    /// <summary>A pipe.</summary>
    internal static Terminal Pipe(Stream input) =>
        new(TextWriter.Null, TextWriter.Null, IsInteractive: false, HasColor: false, 80) { Input = input };

    /// <summary>Runs it. What it writes is kept, beside what the terminal has for payloads.</summary>
    internal static async Task<Tool> RunAsync(Terminal terminal, params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        using var payloads = new MemoryStream();
        int code = await CommandLine.RunAsync(arguments, terminal with
        {
            Out = output,
            Error = TextWriter.Synchronized(error),
            Payloads = terminal.Payloads == Stream.Null ? payloads : terminal.Payloads,
        });
        return new Tool(code, output.ToString(), error.ToString()) { Octets = payloads.ToArray() };
    }
}
