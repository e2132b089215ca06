using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace WsProto.Fuzz.Driver;

internal static class CommandLine
{
    private const string Usage = """
        seeds                                        writes the seeds of all targets to Corpus
        replay TARGET FILE...                        runs inputs once
        TARGET|all [--seconds 60] [--runs N] [--seed 1]  fuzzes; the seconds are for all targets together
        """;

    /// <summary>An input that runs for longer is taken for an endless loop.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    public static int Run(string[] args)
    {
        Console.OutputEncoding = System.Text.Encoding.UTF8;
        switch (args)
        {
            case ["seeds"]:
                return WriteSeeds();
            case ["replay", var name, .. var files] when Target.Find(name) is { } target:
                foreach (string file in files)
                    target.Run(File.ReadAllBytes(file), new Behaviour());
                Console.WriteLine($"{files.Length} inputs, no fault.");
                return 0;
            case [var name, .. var options] when name == "all" || Target.Find(name) is not null:
                return Fuzz(
                    name == "all" ? Target.All : [Target.Find(name)!],
                    Option(options, "--seconds", 60),
                    Option(options, "--runs", int.MaxValue),
                    Option(options, "--seed", 1));
            default:
                Console.Error.WriteLine(Usage);
                Console.Error.WriteLine($"Targets: {string.Join(", ", Target.All.Select(target => target.Name))}");
                return 2;
        }
    }

    private static int Option(string[] options, string name, int otherwise)
    {
        int at = Array.IndexOf(options, name);
        return at < 0 ? otherwise : int.Parse(options[at + 1], CultureInfo.InvariantCulture);
    }

    private static int WriteSeeds()
    {
        foreach (Target target in Target.All)
        {
            string folder = Directory.CreateDirectory(Folders.Corpus(target)).FullName;
            foreach (Seed seed in target.Seeds())
                File.WriteAllBytes(Path.Combine(folder, seed.Name), seed.Input);
        }

        return 0;
    }

    private static int Fuzz(IReadOnlyList<Target> targets, int seconds, int runs, int seed)
    {
        int failures = 0;
        foreach (Target target in targets)
        {
            var run = new FuzzRun(target, seed);
            var clock = Stopwatch.StartNew();
            using var watchdog = new Timer(_ => Bark(target, run), null, _patience, _patience);
            run.Begin([.. Folders.Inputs(target).Select(File.ReadAllBytes)]);
            var limit = TimeSpan.FromSeconds((double)seconds / targets.Count);
            run.Go(() => clock.Elapsed < limit && run.Runs < runs);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{target.Name,-17} {run.Runs,9} runs {run.Runs / clock.Elapsed.TotalSeconds,7:0}/s   corpus {run.Begun} -> {run.Corpus}   "
                    + $"behaviours {run.Behaviours}   failures {run.Failures.Count}"));
            foreach (Failure failure in run.Failures)
                Report(target, failure.Input, failure.Thrown.ToString());
            failures += run.Failures.Count;
        }

        return failures == 0 ? 0 : 1;
    }

    /// <summary>The count of runs at the last look, to tell an input that does not end.</summary>
    private static long _lastSeen = -1;

    private static void Bark(Target target, FuzzRun run)
    {
        byte[] current = run.Current;
        if (Interlocked.Exchange(ref _lastSeen, run.Runs) != run.Runs)
            return;
        Report(target, current, "It does not end.");
        Environment.Exit(1);
    }

    private static void Report(Target target, byte[] input, string what)
    {
        string folder = Directory.CreateDirectory(Folders.Found(target)).FullName;
        string file = Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(input))[..16]);
        File.WriteAllBytes(file, input);
        Console.WriteLine($"FAULT in {target.Name}: {what}\n  input {Convert.ToHexString(input)}\n  saved as {file}");
    }
}
