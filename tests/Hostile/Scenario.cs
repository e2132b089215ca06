namespace WsProto.Hostile;

/// <summary>One attack, and how much of it.</summary>
/// <param name="Name">What the command line calls it.</param>
/// <param name="Size">How many connections, rounds or seconds, as <paramref name="Attack"/> takes it.</param>
/// <param name="SmokeSize">The same for a run of a few seconds.</param>
/// <param name="Attack">
/// The attack: returns what is to be printed of it, and throws <see cref="FaultException"/> if it did not end as it must.
/// </param>
internal sealed record Scenario(string Name, int Size, int SmokeSize, Func<Target, int, Task<string>> Attack)
{
    /// <summary>The longest that an honest client may wait during an attack of full size.</summary>
    private static readonly TimeSpan _longestWait = TimeSpan.FromSeconds(1);

    internal static IReadOnlyList<Scenario> All { get; } =
    [
        new("slow-handshakes", 2000, 100, Handshakes.SlowAsync),
        new("storm", 20_000, 500, Handshakes.StormAsync),
        new("ping-flood", 50, 10, Frames.PingFloodAsync),
        new("bombs", 200, 20, Frames.BombsAsync),
        new("repeated-bombs", 20, 5, Frames.RepeatedBombsAsync),
        new("never-read", 100, 5, Frames.NeverReadAsync),
        new("idle", 9000, 200, Frames.IdleAsync),
        new("shutdown", 1000, 50, Shutdown.RunAsync) { IsAlone = true },
        new("races", 20_000, 200, Races.RunAsync) { IsAlone = true, HasServer = false },
        new("soak", 900, 5, Soak.RunAsync) { IsDefault = false },
    ];

    /// <summary>Runs if no name is given.</summary>
    internal bool IsDefault { get; private init; } = true;

    /// <summary>Whether it is about the server.</summary>
    internal bool HasServer { get; private init; } = true;

    /// <summary>Has no honest clients beside it.</summary>
    private bool IsAlone { get; init; }

    /// <summary>Runs it and prints what was seen.</summary>
    /// <param name="hasRoutes">Whether the server is ASP.NET Core's.</param>
    /// <param name="isSmoke">Whether it is to be over in a few seconds.</param>
    /// <returns>Why it failed, or null.</returns>
    internal async Task<string?> RunAsync(bool hasRoutes, bool isSmoke)
    {
        int size = isSmoke ? SmokeSize : Size;
        await using var target = await Target.StartAsync(hasRoutes, isQuick: isSmoke);
        try
        {
            if (IsAlone)
            {
                Console.WriteLine($"{Name} {size}: {await Attack(target, size)}");
                return null;
            }

            await using var honest = await HonestProcess.StartAsync(target.Port);
            await Task.Delay(TimeSpan.FromSeconds(isSmoke ? 1 : 5));
            Seen before = await honest.ReadAsync();
            string said = await Attack(target, size);
            Seen during = await honest.ReadAsync();
            ServerState left = await target.WaitUntilOnlyAsync(HonestClients.Count);
            Console.WriteLine($"{Name} {size}: {said}");
            Console.WriteLine($"    honest clients before: {before}");
            Console.WriteLine($"    honest clients during: {during}");
            Console.WriteLine($"    server after: {left}");
            return during.Fault ?? before.Fault ?? left.Fault
                ?? (!isSmoke && during.Longest > _longestWait ? $"an honest client waited for {during.Longest.TotalSeconds:0.0} s" : null);
        }
        catch (FaultException e)
        {
            return $"{Name}: {e.Message}";
        }
    }
}

/// <summary>What must not be was seen.</summary>
internal sealed class FaultException : Exception
{
    public FaultException()
    {
    }

    public FaultException(string message)
        : base(message)
    {
    }

    public FaultException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
