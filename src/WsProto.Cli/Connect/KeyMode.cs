// The mode of the terminal in which keys come as they are pressed. A terminal's own lines end at 4,096 octets, and what is beyond is lost.
// The runtime changes the mode for the time of each read of a key alone, so that the rest of what is pasted meets the old one; here it is
// changed once.

using System;
using System.ComponentModel;
using System.Diagnostics;

namespace WsProto.Cli.Connect;

internal sealed class KeyMode : IDisposable
{
    private readonly string _before;

    private KeyMode(string before) => _before = before;

    /// <summary>Lets keys come at once and unseen, up to the disposal; signals come as before.</summary>
    /// <returns>Null where there is no such mode.</returns>
    public static KeyMode? Begin()
    {
        string? before = OperatingSystem.IsWindows() ? null : Run("-g");
        return before is { Length: > 0 } && Run("-icanon -echo min 1 time 0") is not null ? new KeyMode(before) : null;
    }

    public void Dispose() => Run(_before);

    /// <summary>What <c>stty</c> prints; null where it fails.</summary>
    private static string? Run(string settings)
    {
        try
        {
            using Process? shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"stty {settings} < /dev/tty"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            });
            string output = shell!.StandardOutput.ReadToEnd().Trim();
            shell.WaitForExit();
            return shell.ExitCode == 0 ? output : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
