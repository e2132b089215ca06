using System.Diagnostics;
using System.Globalization;

namespace WsProto.Bench;

/// <summary>
/// <c>-- peers</c>: messages a second of processor time, received from the same files in pieces of 64 KiB: here, and by the peers of
/// tests/Interop that have to be installed for it (wsproto on Python, ws on Node.js). Each reads whole messages in the way that its users
/// do.
/// </summary>
internal static class Peers
{
    private const int Piece = 64 << 10;

    private static readonly (string Name, string Program, string Script)[] _peers =
    [
        ("ws", "node", "ws_receive.mjs"),
        ("wsproto (Python)", "/usr/bin/python3", "wsproto_receive.py"),
    ];

    private static readonly (Kind Kind, int Size)[] _traffic =
    [
        (Kind.Binary, 16), (Kind.Binary, 125), (Kind.Ascii, 125), (Kind.Binary, 1024), (Kind.Mixed, 1024), (Kind.Random, 4096),
        (Kind.Binary, 16 << 10), (Kind.Binary, 64 << 10), (Kind.Binary, 1 << 20),
    ];

    public static void Print()
    {
        string folder = Directory.CreateTempSubdirectory("wsproto-bench").FullName;
        try
        {
            List<string> files = [];
            var counts = new List<int>();
            var columns = new List<(string Name, double[] Rates)>
            {
                ("events", new double[_traffic.Length]), ("frames", new double[_traffic.Length]),
                ("System.Net.WebSockets", new double[_traffic.Length]),
            };
            foreach ((Kind kind, int size) in _traffic)
            {
                var traffic = new Traffic(kind, size);
                counts.Add(traffic.Messages.Length);
                File.WriteAllBytes(Path.Combine(folder, $"{kind}-{size}"), traffic.Wire);
                using ReceiveWork work = ReceiveWork.With(kind, size, Piece);
                int row = files.Count;
                (columns[0].Rates[row], columns[1].Rates[row], columns[2].Rates[row]) =
                    (Quick.Rate(work.Events), Quick.Rate(work.Frames), Quick.Rate(work.TheirMessages));
                files.Add(Path.Combine(folder, $"{kind}-{size}"));
            }

            foreach ((string name, string program, string script) in _peers)
                columns.Add((name, Run(program, [Path.Combine(FindScripts(), script), .. files], counts)));
            Console.WriteLine("| messages a second | " + string.Join(" | ", columns.Select(column => column.Name)) + " |");
            Console.WriteLine("|---|" + string.Concat(columns.Select(_ => "---|")));
            foreach (((Kind kind, int size), int row) in _traffic.Select((traffic, row) => (traffic, row)))
                Console.WriteLine($"| {kind}, {size} B | "
                    + string.Join(" | ", columns.Select(column => column.Rates[row].ToString("N0", CultureInfo.InvariantCulture))) + " |");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double[] Run(string program, string[] arguments, List<int> counts)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}.");
        string[][] lines = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '))];
        if (!lines.Select(line => int.Parse(line[0], CultureInfo.InvariantCulture)).SequenceEqual(counts))
            throw new InvalidOperationException($"{program} did not read all messages.");
        return [.. lines.Select(line => double.Parse(line[1], CultureInfo.InvariantCulture))];
    }

    internal static string FindScripts()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "WsProto.sln")))
            folder = Path.GetDirectoryName(folder);
        return Path.Combine(folder ?? throw new DirectoryNotFoundException("bench/peers is not above this program."), "bench", "peers");
    }
}
