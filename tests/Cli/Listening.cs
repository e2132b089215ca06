namespace WsProto.Cli.Tests;

/// <summary>A run of a verb that is a server in this process, up to its disposal.</summary>
internal sealed class Listening : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly LineWriter _output = new();
    private readonly StringWriter _error = new() { NewLine = "\n" };
    private readonly Task<int> _running;

    private Listening(string[] arguments)
    {
        var terminal = new Terminal(_output, TextWriter.Synchronized(_error), IsInteractive: false, HasColor: false, 80);
        _running = Task.Run(() => CommandLine.RunAsync(arguments, terminal, _stop.Token));
    }

    /// <summary>Where it listens.</summary>
    internal string Address { get; private set; } = "";

    /// <summary>What it wrote to standard error.</summary>
    internal string Error => _error.ToString();

    /// <summary>How it ended.</summary>
    internal Task<int> Code => _running;

    /// <summary>How it has to end.</summary>
    internal int ExpectedCode { get; set; }

    /// <summary>Starts <c>wsproto listen</c>.</summary>
    internal static Task<Listening> StartAsync(params string[] arguments) => StartVerbAsync(["listen", .. arguments]);

    /// <summary>Starts a verb that listens.</summary>
    internal static async Task<Listening> StartVerbAsync(params string[] arguments)
    {
        var listening = new Listening(arguments);
        string line = await listening.LineAsync();
        Assert.StartsWith("listening ", line, StringComparison.Ordinal);
        listening.Address = line["listening ".Length..];
        return listening;
    }

    /// <summary>The next line of standard output.</summary>
    internal async Task<string> LineAsync()
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return await _output.LineAsync(guard.Token);
    }

    /// <summary>The lines of standard output that were not read, once it has ended by itself.</summary>
    internal async Task<string[]> RestAsync()
    {
        await _running;
        _output.Complete();
        return await _output.RestAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Assert.Equal(ExpectedCode, await _running);
        _stop.Dispose();
        await _output.DisposeAsync();
        await _error.DisposeAsync();
    }
}
