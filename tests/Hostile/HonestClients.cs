using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using WsProto.Adapters;

namespace WsProto.Hostile;

/// <summary>
/// Clients that behave: each sends a message, waits for the same bytes back, pauses, and opens a new session now and then. What they saw
/// since they were last asked is one line.
/// </summary>
internal static class HonestClients
{
    internal const int Count = 8;

    private const int MessagesPerSession = 100;
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan _lost = TimeSpan.FromSeconds(40);
    private static readonly Lock _lock = new();
    private static List<double> _waits = [];
    private static string? _fault;

    internal static async Task RunAsync(int port)
    {
        using var stop = new CancellationTokenSource();
        Task[] clients = [.. Enumerable.Range(0, Count).Select(i => RunOneAsync(port, i, _pause, stop.Token))];
        while (await Console.In.ReadLineAsync() is not null)
            Console.WriteLine(Describe());
        await stop.CancelAsync();
        await Task.WhenAll(clients);
    }

    /// <summary>One client, until it is stopped; a fault ends it and is kept for the next line.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever is thrown at an honest client is a fault.")]
    internal static async Task RunOneAsync(int port, int seed, TimeSpan pause, CancellationToken stop)
    {
        var random = new Random(seed);
        var uri = new Uri($"ws://{IPAddress.Loopback}:{port}/echo");
        var options = new WsClientOptions
        {
            ConnectTimeout = _lost,
            HandshakeTimeout = _lost,
            Extensions = seed % 2 == 0 ? [] : [new PerMessageDeflate()],
        };
        long begin = Stopwatch.GetTimestamp();
        try
        {
            while (!stop.IsCancellationRequested)
            {
                begin = Stopwatch.GetTimestamp();
                await using WsSession session = await WsClient.ConnectAsync(uri, options, CancellationToken.None);
                Note(begin);
                for (int i = 0; i < MessagesPerSession && !stop.IsCancellationRequested; i++)
                {
                    byte[] data = new byte[random.Next(8, 16 * 1024)];
                    random.NextBytes(data);
                    begin = Stopwatch.GetTimestamp();
                    await session.SendBytesAsync(data, CancellationToken.None);
                    Message? echo = await session.ReceiveAsync(_lost, CancellationToken.None);
                    Note(begin);
                    if (echo is not BytesMessage bytes || !bytes.Data.Span.SequenceEqual(data))
                        throw new FaultException($"another message came back: {echo}");
                    if (pause > TimeSpan.Zero)
                        await Task.Delay(pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }

                if (!(await session.CloseAsync(cancellationToken: CancellationToken.None)).IsClean)
                    throw new FaultException("a session did not close cleanly");
            }
        }
        catch (Exception e)
        {
            lock (_lock)
            {
                double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
                _fault ??= $"{e.GetType().Name} after {seconds:0.0} s: {e.Message.ReplaceLineEndings(" ")}";
            }
        }
    }

    private static void Note(long begin)
    {
        double wait = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        lock (_lock)
            _waits.Add(wait);
    }

    internal static string Describe()
    {
        List<double> waits;
        string? fault;
        lock (_lock)
            (waits, _waits, fault) = (_waits, [], _fault);
        waits.Sort();
        double At(double part) => waits.Count == 0 ? 0 : waits[(int)((waits.Count - 1) * part)];
        return string.Create(CultureInfo.InvariantCulture, $"{waits.Count} {At(0.5)} {At(0.99)} {At(1)} {fault}").TrimEnd();
    }
}

/// <summary>What the honest clients saw.</summary>
internal sealed record Seen(int Answers, double Median, double P99, TimeSpan Longest, string? Fault)
{
    internal static Seen Parse(string line)
    {
        string[] parts = line.Split(' ', 5);
        double[] numbers = [.. parts[..4].Select(part => double.Parse(part, CultureInfo.InvariantCulture))];
        string? fault = parts.Length > 4 ? parts[4] : numbers[0] == 0 ? "no answer came" : null;
        return new((int)numbers[0], numbers[1], numbers[2], TimeSpan.FromMilliseconds(numbers[3]), fault);
    }

    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Answers} answers, median {Median:0.0} ms, p99 {P99:0.0} ms, longest {Longest.TotalMilliseconds:0} ms");
}

/// <summary>The honest clients' process, seen from here.</summary>
internal sealed class HonestProcess : IAsyncDisposable
{
    private readonly Child _process;

    private HonestProcess(Child process) => _process = process;

    internal static async Task<HonestProcess> StartAsync(int port)
    {
        var process = new HonestProcess(Child.Start("honest", port.ToString(CultureInfo.InvariantCulture)));
        await process.ReadAsync();
        return process;
    }

    internal async Task<Seen> ReadAsync() => Seen.Parse(await _process.AskAsync("seen"));

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
