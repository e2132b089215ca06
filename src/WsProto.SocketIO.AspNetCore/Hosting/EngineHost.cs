// Hosts an Engine.IO server on ASP.NET Core: it passes requests to sessions, writes their responses, and runs one timer for all sessions.
//
//   HttpContext ──▶ EngineHost.ServeAsync ──▶ EngineIOServer.Admit ──▶ EngineClient (one session and its lock)
//                         ▲                                               │
//                         └──────────── Exchange ◀── responses ───────────┘
//
// There are two kinds of lock, taken in this order: the one of a session (EngineClient), then the one of the server (here). Code that holds
// one neither waits nor calls the application, except an EngineApplication, which returns at once.

using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Logging;
using WsProto.AspNetCore;
using WsProto.EngineIO;

namespace WsProto.SocketIO.AspNetCore.Hosting;

[SuppressMessage("Design", "CA1001", Justification = "The timer lives as long as the application.")]
internal sealed class EngineHost
{
    /// <summary>The maximum number of steps of a shutdown.</summary>
    private const int MostSteps = 100;

    private readonly Lock _lock = new();
    private readonly EngineIOServer _server;
    private readonly EngineApplication _application;

    /// <summary>The reminders that receivers requested. An entry stays until its time, even if it is no longer needed.</summary>
    private readonly PriorityQueue<EngineReminder, TimeSpan> _reminders = new();

    private readonly RefusalLog _refusals;
    private readonly ITimer _timer;
    private readonly long _begin;
    private readonly WsEndpointOptions _webSockets;
    private TimeSpan? _timerAt;

    internal EngineHost(
        EngineIOEndpointOptions options, EngineApplication application, Instruments instruments, ILogger logger, CancellationToken stopping)
    {
        Options = options;
        Logger = logger;
        Instruments = instruments;
        _refusals = new RefusalLog(logger);
        _application = application;
        bool asks = options.AllowRequest is not null || options.Server.AsksForDecision;
        _server = new EngineIOServer(options.Server with { AsksForDecision = asks });
        _begin = options.TimeProvider.GetTimestamp();
        _webSockets = EngineWebSocket.OptionsFor(options);
        _timer = options.TimeProvider.CreateTimer(
            static host => ((EngineHost)host!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        stopping.Register(() => _ = StopAsync());
    }

    internal EngineIOEndpointOptions Options { get; }

    internal ILogger Logger { get; }

    internal Instruments Instruments { get; }

    /// <summary>The current time of the server.</summary>
    internal TimeSpan Now => Options.TimeProvider.GetElapsedTime(_begin);

    private TimeSpan? NextDeadline =>
        _reminders.TryPeek(out _, out TimeSpan reminder) && !(_server.NextDeadline < reminder) ? reminder : _server.NextDeadline;

    internal int SessionCount
    {
        get
        {
            lock (_lock)
                return _server.SessionCount;
        }
    }

    internal bool IsStopping
    {
        get
        {
            lock (_lock)
                return _server.IsStopping;
        }
    }

    /// <summary>Serves one request until its response is written, or its WebSocket has ended.</summary>
    internal async Task ServeAsync(HttpContext context)
    {
        // Polls and WebSockets last longer than the timeout of requests.
        context.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
        EngineIORequest request = Exchange.RequestOf(context);
        // Timeouts that expired before, and whose timer is a little late, must be handled before the request that arrives now.
        if (IsDue())
            OnTimer();
        Admission admission = Admit(request, decision: null);
        if (admission.NeedsDecision)
        {
            RequestDecision decision = Options.AllowRequest is { } decide
                ? await decide(context).ConfigureAwait(false) ?? throw new InvalidOperationException("AllowRequest returned null.")
                : RequestDecision.Allow();
            admission = Admit(request, decision);
        }

        if (admission.Answer is { } refusal)
        {
            NoteRefusal(refusal);
            await Exchange.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        var exchange = new Exchange(context, request, (EngineClient)admission.Session!.Tag!);
        if (await exchange.RunAsync().ConfigureAwait(false) is not { } accept)
            return;
        foreach ((string name, string value) in accept.Headers)
            context.Response.Headers.Append(name, value);
        await exchange.ServeWebSocketAsync(_webSockets).ConfigureAwait(false);
    }

    /// <summary>Counts and logs a response that refuses the request.</summary>
    internal void NoteRefusal(AnswerRequest answer)
    {
        if (answer.Error is not { } error)
            return;
        Instruments.Refused(error);
        _refusals.Note(error, answer.Status, Now);
    }

    /// <summary>Updates the server after a session has ended or is due earlier. The caller holds the session's lock.</summary>
    internal void Update(EngineIOSession session)
    {
        lock (_lock)
        {
            _server.Update(session);
            SetTimer();
        }
    }

    /// <summary>Requests a call of <see cref="EngineReceiver.OnTimer"/> at a time.</summary>
    internal void Remind(EngineReminder reminder, TimeSpan at)
    {
        lock (_lock)
        {
            _reminders.Enqueue(reminder, at);
            SetTimer();
        }
    }

    private Admission Admit(EngineIORequest request, RequestDecision? decision)
    {
        lock (_lock)
        {
            Admission admission = decision is null ? _server.Admit(request, Now) : _server.Decide(request, decision, Now);
            if (admission.Session is { Tag: null } session)
                session.Tag = new EngineClient(this, session, _application);
            SetTimer();
            return admission;
        }
    }

    private void SetTimer()
    {
        if (NextDeadline == _timerAt)
            return;
        _timerAt = NextDeadline;
        // Rounded up to the resolution of the timer, which would otherwise fire too early and again.
        TimeSpan left = _timerAt is { } at
            ? TimeSpan.FromMilliseconds(Math.Ceiling(Math.Max(0, (at - Now).TotalMilliseconds)))
            : Timeout.InfiniteTimeSpan;
        _timer.Change(left, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        while (TryTakeDue() is { } client)
            client.OnTimer();
        while (TryTakeReminder() is { } reminder)
            reminder.Client?.OnReminder();
        lock (_lock)
        {
            _timerAt = null;
            SetTimer();
        }
    }

    private bool IsDue()
    {
        lock (_lock)
            return Now >= NextDeadline;
    }

    private EngineReminder? TryTakeReminder()
    {
        lock (_lock)
            return _reminders.TryPeek(out _, out TimeSpan at) && at <= Now ? _reminders.Dequeue() : null;
    }

    private EngineClient? TryTakeDue()
    {
        lock (_lock)
            return _server.TryTakeDue(Now, out EngineIOSession? session) ? (EngineClient)session.Tag! : null;
    }

    /// <summary>Closes all sessions, so that no poll and no WebSocket delays the host. Their clients reconnect to another server.</summary>
    private async Task StopAsync()
    {
        var clients = new List<EngineClient>();
        lock (_lock)
        {
            _server.IsStopping = true;
            foreach (EngineIOSession session in _server.Sessions)
                clients.Add((EngineClient)session.Tag!);
        }

        int steps = Options.ShutdownSpread > TimeSpan.Zero ? Math.Min(clients.Count, MostSteps) : 1;
        for (int step = 0; step < steps; step++)
        {
            if (step > 0)
                await Task.Delay(Options.ShutdownSpread / steps, Options.TimeProvider).ConfigureAwait(false);
            for (int i = clients.Count * step / steps; i < clients.Count * (step + 1) / steps; i++)
                clients[i].Close(CloseReason.ServerShuttingDown, discard: false);
        }
    }
}

/// <summary>
/// A reminder for a session. When the session ends, it drops the reference, so that no memory is kept until the time of the reminder.
/// </summary>
internal sealed class EngineReminder
{
    internal EngineClient? Client { get; set; }
}
