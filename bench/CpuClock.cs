using System.Runtime.InteropServices;

namespace WsProto.Bench;

/// <summary>
/// The time that this thread has had on a processor (CLOCK_THREAD_CPUTIME_ID), so what else the machine does hardly counts. Linux.
/// </summary>
internal static partial class CpuClock
{
    private const int ThreadCpuTime = 3;

    public static double Seconds
    {
        get
        {
            if (GetTime(ThreadCpuTime, out TimeSpec time) != 0)
                throw new PlatformNotSupportedException();
            return time.Seconds + (time.Nanoseconds * 1e-9);
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetTime(int clock, out TimeSpec time);

    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
