using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace WsProto.Cli.Tests.Terminals;

/// <summary>The tool in a terminal: a server of tmux of its own with one pane. When the tool has ended, the shell says how.</summary>
internal sealed partial class Pane : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("wsproto").FullName;
    private readonly CancellationTokenSource _guard = new(TimeSpan.FromSeconds(60));

    private Pane()
    {
    }

    /// <summary>Starts the tool with these arguments, which a shell reads.</summary>
    internal static async Task<Pane> StartAsync(string arguments, int width = 100, string before = "", string after = "")
    {
        var pane = new Pane();
        string settings = Path.Combine(pane._folder, "tmux.conf");
        await File.WriteAllTextAsync(settings, "set -g default-terminal screen-256color\nset -g status off\n");
        string tool = Path.Combine(AppContext.BaseDirectory, "WsProto.Cli.dll");
        // The shell is interrupted too, and goes on.
        string command = $"trap : INT; env {before} dotnet '{tool}' {arguments}{after}; echo \"ended $?\"; read _";
        string size = width.ToString(CultureInfo.InvariantCulture);
        await pane.TmuxAsync("-f", settings, "new-session", "-d", "-x", size, "-y", "40", command);
        return pane;
    }

    /// <summary>Waits until the pane shows something.</summary>
    /// <returns>What it shows.</returns>
    internal async Task<string> UntilAsync(Func<string, bool> shows)
    {
        while (true)
        {
            string shown = await ScreenAsync();
            if (shows(shown))
                return shown;
            if (_guard.IsCancellationRequested)
                throw new TimeoutException($"The pane does not show what it should:\n{shown}");
        }
    }

    /// <summary>Waits until the pane shows a text.</summary>
    internal Task<string> UntilAsync(string text) => UntilAsync(shown => shown.Contains(text, StringComparison.Ordinal));

    /// <summary>What the pane shows, with lines joined that are too long for it where told.</summary>
    internal Task<string> ScreenAsync(params string[] how) => TmuxAsync(["capture-pane", "-p", .. how]);

    /// <summary>Types a line.</summary>
    internal async Task TypeAsync(string line)
    {
        await TmuxAsync("send-keys", "-l", line);
        await PressAsync("Enter");
    }

    /// <summary>Presses a key by the name that tmux has for it.</summary>
    internal Task PressAsync(string key) => TmuxAsync("send-keys", key);

    internal Task ResizeAsync(int width) => TmuxAsync("resize-window", "-x", width.ToString(CultureInfo.InvariantCulture), "-y", "40");

    /// <summary>How the tool has ended.</summary>
    internal async Task<int> ExitCodeAsync()
    {
        string shown = await UntilAsync(text => Ended().IsMatch(text));
        return int.Parse(Ended().Match(shown).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        await TmuxAsync("kill-server");
        _guard.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<string> TmuxAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("tmux", ["-S", Path.Combine(_folder, "socket"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The terminal is tmux's own, in UTF-8, wherever the test runs; and colours are up to the test.
        start.Environment.Remove("TMUX");
        start.Environment.Remove("NO_COLOR");
        start.Environment["LC_ALL"] = "C.UTF-8";
        using Process tmux = Process.Start(start)!;
        Task<string> errors = tmux.StandardError.ReadToEndAsync();
        string output = await tmux.StandardOutput.ReadToEndAsync();
        await tmux.WaitForExitAsync();
        Assert.True(tmux.ExitCode == 0, await errors);
        return output;
    }

    [GeneratedRegex(@"ended (\d+)$", RegexOptions.Multiline)]
    private static partial Regex Ended();
}
