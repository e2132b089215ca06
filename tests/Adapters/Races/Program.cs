// The process of the races. It has one thread for everything that sessions and schedules do, the single worker of the thread pool, so that
// a schedule is the same each time: DOTNET_PROCESSOR_COUNT=1 dotnet WsProto.Adapters.Tests.dll races FIRST COUNT [trace]

using System;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests.Races;

internal static class Program
{
    internal static int Run(string[] arguments)
    {
        if (arguments is not ["races", var first, var count, .. var more])
            return 0;
        if (!OneThread.TryEnter())
            return 2;
        int seed = int.Parse(first, CultureInfo.InvariantCulture);
        int end = seed + int.Parse(count, CultureInfo.InvariantCulture);
        bool trace = more.Contains("trace");
        int failures = 0;
        var totals = new Totals();
        long hash = 0;
        for (; seed < end && failures < 3; seed++)
        {
            var schedule = new Schedule(seed, trace);
            Task run = Task.Run(schedule.RunAsync);
            // A net only: virtual time is what bounds a schedule.
            bool ended = Task.WaitAny([run], TimeSpan.FromSeconds(20)) == 0;
            totals.Add(schedule);
            hash = unchecked((hash * 31) + schedule.Hash);
            if (ended && run.IsCompletedSuccessfully)
                continue;
            failures++;
            Console.WriteLine(
                $"Seed {seed} failed: {(ended ? run.Exception!.GetBaseException().ToString() : "it hangs")}\n{schedule.Describe()}");
            if (!ended)
                break;
        }

        Console.WriteLine($"{totals} hash {hash:X16}");
        Console.Out.Flush();
        Environment.Exit(failures == 0 ? 0 : 1);
        return 0;
    }

    /// <summary>What the schedules did, to see that they do something.</summary>
    private sealed class Totals
    {
        private int _schedules;
        private long _sent;
        private long _received;
        private long _cancelled;
        private long _streams;
        private long _views;
        private long _stale;
        private long _clean;
        private long _faults;

        internal void Add(Schedule schedule)
        {
            _schedules++;
            _sent += schedule.Sent;
            _received += schedule.Received;
            _cancelled += schedule.Cancelled;
            _streams += schedule.Streams;
            _views += schedule.Views;
            _stale += schedule.Stale;
            _clean += schedule.ClosedCleanly ? 1 : 0;
            _faults += schedule.HasFault ? 1 : 0;
        }

        public override string ToString() =>
            $"{_schedules} schedules: {_sent} sent, {_received} received, {_cancelled} cancelled, {_streams} streams, "
            + $"{_views} views, {_stale} stale uses, {_faults} with faults, {_clean} clean closes,";
    }
}
