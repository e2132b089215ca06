using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;

namespace WsProto.Conformance;

/// <summary>A server that judges the clients that connect to it, with the addresses of the established suite's server.</summary>
/// <remarks>
/// <para>
/// A client asks <c>/getCaseCount</c> for a message with the number of cases, opens <c>/runCase?case=N&amp;agent=NAME</c> for each from 1
/// on, sending every message back until the connection ends, and opens <c>/updateReports?agent=NAME</c> at the end. Those who want it ask
/// <c>/getCaseInfo?case=N</c> and <c>/getCaseStatus?case=N&amp;agent=NAME</c> for JSON.
/// </para>
/// <para>A browser that opens <c>/</c> gets a page that has it judged.</para>
/// </remarks>
public sealed class ConformanceListener : IAsyncDisposable
{
    private const int MostConnections = 128;

    private static readonly TimeSpan _untilNextTry = TimeSpan.FromMilliseconds(100);

    private readonly TcpListener _listener;
    private readonly X509Certificate2? _certificate;
    private readonly ConformanceOptions _options;
    private readonly ClientExchange _exchange;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<ConformanceResult> _results = Channel.CreateUnbounded<ConformanceResult>();
    private readonly Channel<string> _reports = Channel.CreateUnbounded<string>();
    private readonly SemaphoreSlim _room = new(MostConnections);
    private readonly JudgedClients _clients;
    private readonly Task _accepting;

    private ConformanceListener(
        IPEndPoint endPoint, IReadOnlyList<ConformanceCase> cases, ConformanceOptions options, X509Certificate2? certificate)
    {
        Cases = cases;
        _options = options;
        _certificate = certificate;
        _clients = new JudgedClients(cases);
        _exchange = new ClientExchange(cases, options, _clients, _results.Writer, _reports.Writer);
        _listener = new TcpListener(endPoint);
        _listener.Start();
        var bound = (IPEndPoint)_listener.LocalEndpoint;
        Address = new Uri($"{(certificate is null ? "ws" : "wss")}://{bound}/");
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>The cases, in the order of their numbers in <c>/runCase</c>.</summary>
    public IReadOnlyList<ConformanceCase> Cases { get; }

    /// <summary>The clients that have results, as they called themselves; 100 at most.</summary>
    public IReadOnlyList<string> Agents => _clients.Agents;

    /// <summary>Starts to listen.</summary>
    /// <param name="endPoint">Where; port 0 for any that is free.</param>
    /// <param name="cases">The cases to offer. Those that are not for clients are left out.</param>
    /// <param name="options">How to run them; null for the defaults. What concerns requests to a server is not used.</param>
    /// <param name="certificate">For TLS; null for none. It stays the caller's.</param>
    /// <exception cref="ArgumentException">No case is for clients.</exception>
    /// <exception cref="SocketException">The place is taken.</exception>
    public static ConformanceListener Start(
        IPEndPoint endPoint, IReadOnlyList<ConformanceCase> cases, ConformanceOptions? options = null, X509Certificate2? certificate = null)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        ArgumentNullException.ThrowIfNull(cases);
        ConformanceCase[] forClients = [.. cases.Where(one => one.IsForClients)];
        return forClients.Length == 0
            ? throw new ArgumentException("No case is for clients.", nameof(cases))
            : new ConformanceListener(endPoint, forClients, options ?? new ConformanceOptions(), certificate);
    }

    /// <summary>The results of a client so far, in the order of the cases. A case that was run again has its last result.</summary>
    /// <param name="agent">The client, as it called itself.</param>
    public IReadOnlyList<ConformanceResult> ResultsOf(string agent) => _clients.ResultsOf(agent);

    /// <summary>Results as they come, of all clients, until the listener is disposed of. Each goes to one reader.</summary>
    /// <param name="cancellationToken">Ends reading.</param>
    public IAsyncEnumerable<ConformanceResult> ReadResultsAsync(CancellationToken cancellationToken = default) =>
        _results.Reader.ReadAllAsync(cancellationToken);

    /// <summary>The names of clients that say that they are done, as they say it, until the listener is disposed of.</summary>
    /// <param name="cancellationToken">Ends reading.</param>
    public IAsyncEnumerable<string> ReadReportRequestsAsync(CancellationToken cancellationToken = default) =>
        _reports.Reader.ReadAllAsync(cancellationToken);

    /// <summary>Stops to listen and breaks off what is left.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _accepting.ConfigureAwait(false);
        _results.Writer.TryComplete();
        _reports.Writer.TryComplete();
        _listener.Dispose();
        _room.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new HashSet<Task>();
        try
        {
            while (true)
            {
                await _room.WaitAsync(_stop.Token).ConfigureAwait(false);
                Socket socket = await AcceptOneAsync().ConfigureAwait(false);
                serving.RemoveWhere(task => task.IsCompleted);
                serving.Add(ServeAsync(socket));
            }
        }
        catch (OperationCanceledException)
        {
            // It stops.
        }

        await Task.WhenAll(serving).ConfigureAwait(false);
    }

    private async Task<Socket> AcceptOneAsync()
    {
        while (true)
        {
            try
            {
                return await _listener.AcceptSocketAsync(_stop.Token).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                // There are too many open files. That passes when connections end.
                await Task.Delay(_untilNextTry, _stop.Token).ConfigureAwait(false);
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        limit.CancelAfter(_options.CaseLimit);
        try
        {
            using (socket)
            {
                // Small pieces go out as they are.
                socket.NoDelay = true;
                Stream stream = new NetworkStream(socket);
                if (_certificate is not null)
                {
                    var tls = new SslStream(stream);
                    await tls.AuthenticateAsServerAsync(
                        new SslServerAuthenticationOptions { ServerCertificate = _certificate }, limit.Token).ConfigureAwait(false);
                    stream = tls;
                }

                await _exchange.ServeAsync(socket, stream, limit.Token, _stop.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException or OperationCanceledException)
        {
            // The client has gone, or never came to the point.
        }
        finally
        {
            _room.Release();
        }
    }
}
