// The process of the simulations: DOTNET_PROCESSOR_COUNT=1 dotnet WsProto.Adapters.Tests.dll simulate SEED [STEPS]
// Runs the simulation of the seed, or those of it and the following until there were so many steps. Stops at the first that fails, makes it
// smaller and prints what happens in it.

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests.Simulation;

internal static class Program
{
    private static readonly List<string> _unobserved = [];
    private static int _runs;
    private static long _done;
    private static long _deliveries;
    private static long _hash;

    private static long Steps => _done + _deliveries;

    internal static int Run(string[] arguments)
    {
        if (!OneThread.TryEnter())
            return 2;
        TaskScheduler.UnobservedTaskException += (_, e) =>
        {
            lock (_unobserved)
                _unobserved.Add("unobserved: " + e.Exception.InnerException);
        };
        int seed = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        long steps = arguments.Length > 2 ? long.Parse(arguments[2], CultureInfo.InvariantCulture) : 1;
        var clock = Stopwatch.StartNew();
        string? failure = null;
        for (; Steps < steps && failure is null; seed++)
        {
            Act[] acts = Plan.Draw(seed);
            failure = Play(seed, acts);
            if (failure is not null)
                Explain(seed, acts, failure);
        }

        Console.Error.WriteLine($"{Steps / clock.Elapsed.TotalSeconds:F0} steps per second");
        Console.WriteLine($"{_runs} simulations: {_done} acts, {_deliveries} deliveries, hash {_hash:X16}");
        Console.Out.Flush();
        Environment.Exit(failure is null ? 0 : 1);
        return 0;
    }

    private static void Explain(int seed, Act[] acts, string failure)
    {
        Console.WriteLine($"Seed {seed} failed with {acts.Length} acts: {failure.Split('\n')[0]}");
        if (failure == Hangs)
            return;
        acts = Plan.Shrink(acts, fewer => Play(seed, fewer) is not null);
        var trace = new List<string>();
        failure = Play(seed, acts, trace) ?? "nothing";
        Console.WriteLine(
            $"{acts.Length} of them fail too:\n{string.Join('\n', acts.AsEnumerable())}\nThis is what happens:\n"
                + $"{string.Join('\n', trace)}\n{failure}");
    }

    private const string Hangs = "it hangs";

    /// <returns>What went wrong, if anything.</returns>
    private static string? Play(int seed, Act[] acts, List<string>? trace = null)
    {
        string? failure = Run(seed, acts, trace);
        // A task that failed is found when it is collected.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        lock (_unobserved)
        {
            failure ??= _unobserved.FirstOrDefault();
            _unobserved.Clear();
        }

        return failure;
    }

    /// <summary>On its own, so that nothing of the simulation is in use when it returns.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string? Run(int seed, Act[] acts, List<string>? trace)
    {
        using var world = new World(seed, acts, trace);
        Task run = Task.Run(world.RunAsync);
        // A net only: virtual time is what bounds a simulation.
        if (Task.WaitAny([run], TimeSpan.FromSeconds(60)) != 0)
            return Hangs;
        _runs++;
        _done += world.Done;
        _deliveries += world.Deliveries;
        _hash = unchecked((_hash * 31) + world.Hash);
        return run.Exception?.GetBaseException().ToString();
    }
}
