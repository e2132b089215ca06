using System.Diagnostics;
using System.Text;

namespace WsProto.Cli.Tests;

/// <summary>A line of a shell, in which <c>$wsproto</c> is the tool as a process of its own.</summary>
/// <param name="Code">The exit code of the shell.</param>
/// <param name="Out">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record ToolProcess(int Code, string Out, string Error)
{
    /// <summary>Runs it up to its end.</summary>
    internal static async Task<ToolProcess> RunAsync(string script, CancellationToken guard)
    {
        using Process shell = Start(script);
        shell.StandardInput.Close();
        Task<string> output = shell.StandardOutput.ReadToEndAsync(guard);
        Task<string> error = shell.StandardError.ReadToEndAsync(guard);
        try
        {
            await shell.WaitForExitAsync(guard);
            return new ToolProcess(shell.ExitCode, await output, await error);
        }
        finally
        {
            if (!shell.HasExited)
                shell.Kill(entireProcessTree: true);
        }
    }

    /// <summary>Starts it.</summary>
    internal static Process Start(string script)
    {
        string tool = Path.Combine(AppContext.BaseDirectory, "WsProto.Cli.dll");
        var start = new ProcessStartInfo("/bin/bash", ["-c", $"wsproto=\"dotnet {tool}\"; {script}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        return Process.Start(start)!;
    }
}
