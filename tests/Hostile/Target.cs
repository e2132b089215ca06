using System.Diagnostics;
using System.Globalization;

namespace WsProto.Hostile;

/// <summary>The server's process, seen from here.</summary>
internal sealed class Target : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(40);

    private readonly Child _process;

    private Target(Child process, int port) => (_process, Port) = (process, port);

    internal int Port { get; }

    internal static async Task<Target> StartAsync(bool hasRoutes, bool isQuick)
    {
        Child process = Child.Start("serve", hasRoutes ? "routes" : "listener", isQuick ? "quick" : "usual");
        return new(process, int.Parse(await process.ReadLineAsync(), CultureInfo.InvariantCulture));
    }

    internal async Task<ServerState> ReadAsync() => ServerState.Parse(await _process.AskAsync("state"));

    /// <summary>Waits until no other sessions than the honest clients' are open: what is left then is what the attack has left.</summary>
    internal async Task<ServerState> WaitUntilOnlyAsync(int honest)
    {
        long begin = Stopwatch.GetTimestamp();
        while (true)
        {
            ServerState state = await ReadAsync();
            // An honest client that opens a new session may have two for a moment.
            if (state.Open <= honest)
                return state;
            if (Stopwatch.GetElapsedTime(begin) > _patience)
                throw new FaultException($"sessions stay: {state}");
            await Task.Delay(200);
        }
    }

    /// <summary>Asks it by a signal to stop, and waits until it has ended.</summary>
    /// <returns>Its exit code.</returns>
    internal async Task<int> TerminateAsync()
    {
        using Process kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        return await _process.WaitForEndAsync();
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}

/// <summary>What the server has, after a collection of garbage.</summary>
internal sealed record ServerState(int Open, int Failed, int Unobserved, long Managed, long Resident, int Descriptors)
{
    internal string? Fault => Failed > 0 ? $"{Failed} handlers failed" : Unobserved > 0 ? $"{Unobserved} exceptions were unobserved" : null;

    internal static ServerState Parse(string line)
    {
        long[] numbers = [.. line.Split(' ').Select(number => long.Parse(number, CultureInfo.InvariantCulture))];
        return new((int)numbers[0], (int)numbers[1], (int)numbers[2], numbers[3], numbers[4], (int)numbers[5]);
    }

    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Open} sessions, {Managed / 1e6:0.0} MB managed, {Resident / 1e6:0} MB resident, {Descriptors} descriptors");
}
