namespace WsProto.Cli.Tests;

/// <summary>A run of <c>wsproto listen</c> in this process, up to its disposal.</summary>
internal sealed class Listening : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly LineWriter _output = new();
    private readonly StringWriter _error = new() { NewLine = "\n" };
    private readonly Task<int> _running;

    private Listening(string[] arguments)
    {
        var terminal = new Terminal(_output, TextWriter.Synchronized(_error), IsInteractive: false, HasColor: false, 80);
        _running = Task.Run(() => CommandLine.RunAsync(["listen", .. arguments], terminal, _stop.Token));
    }

    /// <summary>Where it listens.</summary>
    internal string Address { get; private set; } = "";

    /// <summary>What it wrote to standard error.</summary>
    internal string Error => _error.ToString();

    /// <summary>How it ended.</summary>
    internal Task<int> Code => _running;

    internal static async Task<Listening> StartAsync(params string[] arguments)
    {
        var listening = new Listening(arguments);
        using var guard = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        string line = await listening._output.LineAsync(guard.Token);
        Assert.StartsWith("listening ", line, StringComparison.Ordinal);
        listening.Address = line["listening ".Length..];
        return listening;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Assert.Equal(0, await _running);
        _stop.Dispose();
        await _output.DisposeAsync();
        await _error.DisposeAsync();
    }
}
