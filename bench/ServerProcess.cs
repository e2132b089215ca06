using System.Diagnostics;
using System.Globalization;

namespace WsProto.Bench;

/// <summary>
/// A server in a process of its own, whose processor time and memory are counted. It prints its port and ends with its input.
/// </summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;

    private ServerProcess(Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Memory of the process that is in RAM, in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Starts this program as the server of a name.</summary>
    public static Task<ServerProcess> StartAsync(string name) => StartAsync(Environment.ProcessPath!, "serve", name);

    public static async Task<ServerProcess> StartAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        Process process = Process.Start(start)!;
        if (int.TryParse(await process.StandardOutput.ReadLineAsync(), CultureInfo.InvariantCulture, out int port))
            return new ServerProcess(process, port);
        process.Kill(entireProcessTree: true);
        throw new InvalidOperationException($"{program} printed no port.");
    }

    /// <summary>In the server: collects garbage for each line of input, and returns at its end.</summary>
    public static void Obey()
    {
        while (Console.In.ReadLine() is not null)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            Console.WriteLine();
        }
    }

    /// <summary>Memory of the process that is in RAM after garbage was collected, in bytes.</summary>
    public async Task<long> CollectAsync()
    {
        // What waits for a finalizer goes with the second.
        for (int i = 0; i < 2; i++)
        {
            await _process.StandardInput.WriteLineAsync();
            await _process.StandardInput.FlushAsync();
            await _process.StandardOutput.ReadLineAsync();
        }

        return ResidentBytes;
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
