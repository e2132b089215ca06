using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Tasks;

namespace WsProto.Adapters.Tests.Support;

internal static class Waiting
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    /// <summary>A net for tests that would hang; nothing is measured by it. It does not throw what a session might.</summary>
    internal static async Task Soon(this Task task)
    {
        Assert.True(await Task.WhenAny(task, Task.Delay(_patience)) == task, "What was waited for did not come.");
        await task;
    }

    /// <inheritdoc cref="Soon(Task)"/>
    internal static async Task<T> Soon<T>(this Task<T> task)
    {
        await Soon((Task)task);
        return await task;
    }

    /// <inheritdoc cref="Soon(Task)"/>
    internal static Task<T> Soon<T>(this ValueTask<T> task) => task.AsTask().Soon();

    /// <inheritdoc cref="Soon(Task)"/>
    internal static Task Soon(this ValueTask task) => task.AsTask().Soon();

    /// <summary>Writes until that fails, as it has to where the other end is gone; whatever it throws is the transport's own.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "What it throws is each transport's own.")]
    internal static async Task WriteUntilRefusedAsync(this WsTransport transport)
    {
        byte[] data = new byte[1000];
        try
        {
            while (true)
                await transport.WriteAsync(data).AsTask().Soon();
        }
        catch (Exception e) when (e is not Xunit.Sdk.XunitException)
        {
            // As it should.
        }
    }

    /// <summary>Waits for what other threads bring about and nobody announces.</summary>
    internal static async Task Until(Func<bool> condition)
    {
        long start = Environment.TickCount64;
        while (!condition())
        {
            Assert.True(Environment.TickCount64 - start < _patience.TotalMilliseconds, "What was waited for did not come.");
            await Task.Yield();
        }
    }
}
