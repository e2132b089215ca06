using System;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Tests.Support;

/// <summary>
/// A process whose pool has one thread, so that what runs there comes in the same order each time: nothing but its own choices decides what
/// comes next.
/// </summary>
internal static class OneThread
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(10);

    /// <summary>In the process: brings the pool down to one thread. False where DOTNET_PROCESSOR_COUNT=1 is missing.</summary>
    internal static bool TryEnter()
    {
        if (ThreadPool.SetMinThreads(1, 1) && ThreadPool.SetMaxThreads(1, 1))
            return true;
        Console.Error.WriteLine("The pool does not go down to one thread: set DOTNET_PROCESSOR_COUNT=1.");
        return false;
    }

    /// <summary>
    /// In the process: waits until nobody else has anything to do, which is when the queue of the pool is empty as we run.
    /// </summary>
    internal static async Task QuietAsync()
    {
        do
            await Task.Yield();
        while (ThreadPool.PendingWorkItemCount > 0);
    }

    /// <summary>Starts this assembly as such a process.</summary>
    /// <returns>What it printed; if it failed, so does the test.</returns>
    internal static async Task<string> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [typeof(OneThread).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_PROCESSOR_COUNT"] = "1" },
        };
        using var process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(_patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }

        string text = await output;
        Assert.True(process.ExitCode == 0, text + await error);
        return text;
    }
}
