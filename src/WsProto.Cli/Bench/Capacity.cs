using System;
using System.Globalization;
using System.IO;
using System.Linq;

namespace WsProto.Cli.Bench;

/// <summary>Whether this machine has what so many connections need, as far as Linux tells.</summary>
internal static class Capacity
{
    /// <summary>What the program itself has open.</summary>
    private const int Own = 64;

    /// <summary>Looks before there are connections.</summary>
    /// <param name="connections">How many there are to be.</param>
    /// <param name="addresses">From how many addresses of this end; 0 for one that the system takes.</param>
    /// <exception cref="CliException">Something lacks.</exception>
    public static void Check(int connections, int addresses)
    {
        if (Lacking(connections, addresses, Read("/proc/self/limits"), Read("/proc/sys/net/ipv4/ip_local_port_range")) is { } lacking)
            throw new CliException(ExitCode.Usage, lacking);
    }

    /// <summary>What lacks, in words; null for nothing.</summary>
    /// <param name="connections">How many there are to be.</param>
    /// <param name="addresses">From how many addresses of this end; 0 for one that the system takes.</param>
    /// <param name="limits">The limits of the process.</param>
    /// <param name="ports">The ports of this end.</param>
    internal static string? Lacking(int connections, int addresses, string limits, string ports)
    {
        string? files = limits.Split('\n').FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        string[] fields = files?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        int needed = connections + Own;
        if (fields.Length > 3 && TryNumber(fields[3], out int most) && most < needed)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{connections} connections need {needed} descriptors, and there are {most}: ulimit -n {needed}.");
        }

        string[] range = ports.Split((char[])[' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries);
        if (range.Length != 2 || !TryNumber(range[0], out int first) || !TryNumber(range[1], out int last))
            return null;
        long count = (last - first + 1) * Math.Max(1L, addresses);
        return count < connections
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{connections} connections need as many ports, and there are {count}: net.ipv4.ip_local_port_range, or --from.")
            : null;
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
