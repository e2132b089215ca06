using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;

namespace WsProto.Conformance;

/// <summary>Runs cases against a server that sends every message back, and judges it.</summary>
public sealed class ConformanceRunner : IDisposable
{
    /// <summary>How much of a request is kept in a result.</summary>
    private const int MostShown = 4096;

    private readonly Uri _server;
    private readonly ConformanceOptions _options;
    private readonly ICarrier _carrier;
    private readonly CaseJudge _judge;

    /// <summary>Makes a runner; no connection is opened yet.</summary>
    /// <param name="server">The address of the server: ws, wss, http or https.</param>
    /// <param name="options">How to run the cases; null for the defaults.</param>
    /// <exception cref="ArgumentException">The address is none of a WebSocket.</exception>
    public ConformanceRunner(Uri server, ConformanceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        if (!server.IsAbsoluteUri || server.Scheme is not ("ws" or "wss" or "http" or "https"))
            throw new ArgumentException($"{server} is no address of a WebSocket: it has to begin with ws:// or wss://.", nameof(server));
        _server = server;
        _options = options ?? new ConformanceOptions();
        _carrier = _options.Carrier == ConformanceCarrier.Http2 ? new Http2Carrier(server, _options) : new Http1Carrier(server, _options);
        _judge = new CaseJudge(PeerRole.Server, _options);
    }

    /// <summary>Asks whether the server opens a WebSocket at all. One that does so wrongly does: the cases find it.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Why it does not; null where it does.</returns>
    public async Task<string?> ProbeAsync(CancellationToken cancellationToken = default)
    {
        using CancellationTokenSource limit = Limit(cancellationToken);
        try
        {
            ConformanceConnection connection = await _carrier.ConnectAsync(new AskedConnection(null), limit.Token).ConfigureAwait(false);
            await connection.DisposeAsync().ConfigureAwait(false);
            return null;
        }
        catch (RefusedException e) when (e.IsUpgraded)
        {
            return null;
        }
        catch (Exception e) when (IsNoConnection(e) && !cancellationToken.IsCancellationRequested)
        {
            return e is OperationCanceledException ? "the server does not answer" : e.Message;
        }
    }

    /// <summary>Runs cases, <see cref="ConformanceOptions.Parallelism"/> at a time.</summary>
    /// <param name="cases">The cases. Those that are not for servers are left out.</param>
    /// <param name="cancellationToken">Stops; the cases that run are given up.</param>
    /// <returns>The results in the order in which they come.</returns>
    public async IAsyncEnumerable<ConformanceResult> RunAsync(
        IEnumerable<ConformanceCase> cases, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cases);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var results = Channel.CreateUnbounded<ConformanceResult>();
        Task running = RunAllAsync(cases, results.Writer, stop.Token);
        try
        {
            await foreach (ConformanceResult result in results.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
                yield return result;
        }
        finally
        {
            // Whoever stops to read stops the cases too.
            await stop.CancelAsync().ConfigureAwait(false);
            await running.ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Runs a case.</summary>
    /// <param name="one">The case.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public async Task<ConformanceResult> RunAsync(ConformanceCase one, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(one);
        long started = Stopwatch.GetTimestamp();
        using CancellationTokenSource limit = Limit(cancellationToken);
        ConformanceResult result = await RunAsync(one, started, limit.Token).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return result;
    }

    /// <summary>Lets go of the connections of HTTP/2.</summary>
    public void Dispose() => _carrier.Dispose();

    private async Task<ConformanceResult> OpenAsync(
        ConformanceCase one, OpeningAttempt attempt, Http1Carrier carrier, long started, CancellationToken limit)
    {
        string head = attempt.Head(_server);
        try
        {
            (Socket socket, Stream stream) = await carrier.OpenAsync(limit).ConfigureAwait(false);
            using (socket)
            {
                await using (stream.ConfigureAwait(false))
                {
                    using var patience = CancellationTokenSource.CreateLinkedTokenSource(limit);
                    patience.CancelAfter(_options.Silence);
                    (Verdict verdict, string reason, string response) =
                        await attempt.RunAsync(socket, stream, head, patience.Token).ConfigureAwait(false);
                    return CaseJudge.NotRun(one, verdict, reason, started, Shown(head), response);
                }
            }
        }
        catch (Exception e) when (IsNoConnection(e))
        {
            return CaseJudge.NotRun(one, Verdict.Failed, "there is no connection: " + e.Message, started, Shown(head), "");
        }
    }

    private async Task<ConformanceResult> RunAsync(ConformanceCase one, long started, CancellationToken limit)
    {
        if (one.NeedsHttp1 && _carrier is not Http1Carrier)
        {
            string why = one.EndsSending
                ? "the judge cannot end one direction of a stream of HTTP/2"
                : "the case is about HTTP/1.1: an extended CONNECT is answered before there are frames";
            return CaseJudge.NotRun(one, Verdict.Unimplemented, why, started, "", "");
        }

        if (one.Opening is { } attempt)
            return await OpenAsync(one, attempt, (Http1Carrier)_carrier, started, limit).ConfigureAwait(false);
        ConformanceConnection connection;
        try
        {
            connection = await ConnectAsync(one, limit).ConfigureAwait(false);
        }
        catch (RefusedException e) when (one.WhenRefused != Verdict.Failed)
        {
            return CaseJudge.NotRun(one, one.WhenRefused, e.Message, started, e.Request, e.Response);
        }
        catch (Exception e) when (IsNoConnection(e))
        {
            var refused = e as RefusedException;
            return CaseJudge.NotRun(
                one, Verdict.Failed, "there is no connection: " + e.Message, started, refused?.Request ?? "", refused?.Response ?? "");
        }

        await using (connection.ConfigureAwait(false))
        {
            DeflateAgreement? agreement = connection.Extensions is { } answer ? DeflateAgreement.Read(answer, one.Offers) : null;
            if (connection.Extensions is not null && agreement is null)
                return NotRun(Verdict.Failed, $"the server answers no offer: {connection.Extensions}");
            if (one.Offers.Count > 0 && agreement is null)
                return NotRun(Verdict.Unimplemented, "the server declines the offer");
            return await _judge.RunAsync(one, connection, agreement, started, limit).ConfigureAwait(false);
        }

        ConformanceResult NotRun(Verdict verdict, string reason) =>
            CaseJudge.NotRun(one, verdict, reason, started, connection.Request, connection.Response);
    }

    private async Task<ConformanceConnection> ConnectAsync(ConformanceCase one, CancellationToken limit)
    {
        string? offer = one.Offers.Count == 0 ? null : string.Join(", ", one.Offers);
        var asked = new AskedConnection(offer);
        if (one.Early is not { } early)
            return await _carrier.ConnectAsync(asked, limit).ConfigureAwait(false);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(limit);
        patience.CancelAfter(_options.Silence);
        try
        {
            asked = asked with
            {
                Fields = one.EarlyFields,
                Early = early.Join(masks: true),
                EndsSending = one.EndsSending && !one.Steps.Any(),
            };
            return await _carrier.ConnectAsync(asked, patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!limit.IsCancellationRequested)
        {
            throw new IOException("the server does not answer");
        }
    }

    private async Task RunAllAsync(
        IEnumerable<ConformanceCase> cases, ChannelWriter<ConformanceResult> results, CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = _options.Parallelism, CancellationToken = cancellationToken };
        try
        {
            await Parallel.ForEachAsync(cases, parallel, async (one, token) =>
            {
                if (one.IsForServers)
                    results.TryWrite(await RunAsync(one, token).ConfigureAwait(false));
            }).ConfigureAwait(false);
            results.Complete();
        }
        catch (OperationCanceledException)
        {
            results.Complete();
        }
        catch (Exception e)
        {
            results.Complete(e);
            throw;
        }
    }

    private CancellationTokenSource Limit(CancellationToken cancellationToken)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_options.CaseLimit);
        return limit;
    }

    /// <summary>The head of a request, without most of what only makes it long.</summary>
    private static string Shown(string head) => head.Length <= MostShown
        ? head
        : string.Create(CultureInfo.InvariantCulture, $"{head[..MostShown]}… ({head.Length} octets)");

    private static bool IsNoConnection(Exception e) => e is IOException or SocketException or OperationCanceledException;
}
