// Which of the addresses of a name answers, RFC 8305 ("happy eyeballs"): they are tried in the order of the system, the families in turn;
// the next begins when the one before has failed or has not answered for a while, and the first that is connected wins. The system's
// resolver gives the addresses of both families at once, so what the RFC says of answers that come one after the other (§3) has nothing to
// do here.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Client;

/// <param name="dial">Connects to one address.</param>
/// <param name="delay">How long an attempt is waited for before the next begins (§5, the "Connection Attempt Delay").</param>
/// <param name="time">Where the time comes from.</param>
internal sealed class AddressRace(Func<IPEndPoint, CancellationToken, ValueTask<Socket>> dial, TimeSpan delay, TimeProvider time)
{
    private readonly List<Task<Socket>> _attempts = [];
    private Exception? _failure;

    /// <summary>Brings the families in turn, beginning with that of the first address (§4).</summary>
    internal static IReadOnlyList<IPAddress> Interleave(IReadOnlyList<IPAddress> addresses)
    {
        if (addresses.Count < 2)
            return addresses;
        AddressFamily first = addresses[0].AddressFamily;
        IPAddress[] preferred = [.. addresses.Where(address => address.AddressFamily == first)];
        IPAddress[] others = [.. addresses.Where(address => address.AddressFamily != first)];
        List<IPAddress> order = new(addresses.Count);
        for (int i = 0; i < Math.Max(preferred.Length, others.Length); i++)
        {
            order.AddRange(preferred.Skip(i).Take(1));
            order.AddRange(others.Skip(i).Take(1));
        }

        return order;
    }

    /// <summary>Connects to one of the addresses.</summary>
    /// <param name="addresses">At least one, in the order in which they are to be tried.</param>
    /// <param name="port">The port, the same for all.</param>
    /// <param name="limit">Gives up.</param>
    /// <exception cref="SocketException">None answers; this is what became of the first.</exception>
    internal async Task<Socket> RunAsync(IReadOnlyList<IPAddress> addresses, int port, CancellationToken limit)
    {
        using var rest = CancellationTokenSource.CreateLinkedTokenSource(limit);
        try
        {
            for (int next = 0; ;)
            {
                if (next < addresses.Count)
                    Begin(new IPEndPoint(addresses[next++], port), rest.Token);
                if (await WaitAsync(hasMore: next < addresses.Count, rest.Token).ConfigureAwait(false) is { } winner)
                    return winner;
                if (_attempts.Count == 0 && next == addresses.Count)
                    throw _failure!;
            }
        }
        finally
        {
            await rest.CancelAsync().ConfigureAwait(false);
            foreach (Task<Socket> late in _attempts)
                _ = late.ContinueWith(
                    static ended =>
                    {
                        if (ended.IsCompletedSuccessfully)
                            ended.Result.Dispose();
                        else
                            _ = ended.Exception;
                    },
                    CancellationToken.None,
                    TaskContinuationOptions.ExecuteSynchronously,
                    TaskScheduler.Default);
        }
    }

    private void Begin(IPEndPoint endPoint, CancellationToken rest)
    {
        try
        {
            _attempts.Add(dial(endPoint, rest).AsTask());
        }
        catch (SocketException e)
        {
            // The system does not have this family.
            _failure ??= e;
        }
    }

    /// <summary>Waits until an attempt has ended or, with more addresses to try, for the delay.</summary>
    /// <returns>The connection; null where the next attempt is due.</returns>
    private async Task<Socket?> WaitAsync(bool hasMore, CancellationToken rest)
    {
        if (_attempts.Count == 0)
            return null;
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(rest);
        Task due = hasMore ? Task.Delay(delay, time, timer.Token) : Task.Delay(Timeout.InfiniteTimeSpan, time, timer.Token);
        try
        {
            while (true)
            {
                Task ended = await Task.WhenAny([.. _attempts, due]).ConfigureAwait(false);
                rest.ThrowIfCancellationRequested();
                if (ended == due)
                    return null;
                var attempt = (Task<Socket>)ended;
                _attempts.Remove(attempt);
                if (attempt.IsCompletedSuccessfully)
                    return await attempt.ConfigureAwait(false);
                _failure ??= attempt.Exception?.InnerException ?? new OperationCanceledException("The attempt was broken off.");
                // The delay is for attempts that go on; after one that has failed, the next begins at once (§5).
                if (hasMore || _attempts.Count == 0)
                    return null;
            }
        }
        finally
        {
            await timer.CancelAsync().ConfigureAwait(false);
        }
    }
}
