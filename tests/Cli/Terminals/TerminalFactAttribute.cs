using System.ComponentModel;
using System.Diagnostics;

namespace WsProto.Cli.Tests.Terminals;

/// <summary>A test that needs tmux. It is skipped where that is not installed, unless peers are required.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TerminalFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> _hasTmux = new(() =>
    {
        try
        {
            using var tmux = Process.Start(new ProcessStartInfo("tmux", ["-V"]) { RedirectStandardOutput = true })!;
            tmux.WaitForExit();
            return tmux.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    });

    public TerminalFactAttribute()
    {
        if (Environment.GetEnvironmentVariable("WSPROTO_REQUIRE_PEERS") != "1" && !_hasTmux.Value)
            Skip = "tmux is not installed (apt-get install tmux)";
    }
}
