// The host of an Engine.IO server on ASP.NET Core: requests in, answers out, one timer for all sessions.
//
//   HttpContext ──▶ EngineHost.ServeAsync ──▶ EngineIOServer.Admit ──▶ EngineClient (one session and its lock)
//                         ▲                                               │
//                         └──────────── Exchange ◀── answers ─────────────┘
//
// Two kinds of lock, taken in this order: that of a session (EngineClient), then that of the server (here). Under them nothing waits and
// nothing of the application runs, except what an EngineApplication promises to do at once.

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
    /// <summary>Sessions are ended in at most so many steps when the host stops.</summary>
    private const int MostSteps = 100;

    private readonly Lock _lock = new();
    private readonly EngineIOServer _server;
    private readonly EngineApplication _application;

    /// <summary>What receivers want to be reminded of. An entry stays until its time, needed or not.</summary>
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

    /// <summary>The server's time.</summary>
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

    /// <summary>Serves one request until its answer is written, or its WebSocket is over.</summary>
    internal async Task ServeAsync(HttpContext context)
    {
        // A poll and a WebSocket last longer than any request should.
        context.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
        EngineIORequest request = Exchange.RequestOf(context);
        // In the order of time: what is due, and whose timer is a little late, comes before what has arrived now.
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

    /// <summary>Counts an answer that refuses.</summary>
    internal void NoteRefusal(AnswerRequest answer)
    {
        if (answer.Error is not { } error)
            return;
        Instruments.Refused(error);
        _refusals.Note(error, answer.Status, Now);
    }

    /// <summary>A session is over, or due earlier. The caller has its lock.</summary>
    internal void Update(EngineIOSession session)
    {
        lock (_lock)
        {
            _server.Update(session);
            SetTimer();
        }
    }

    /// <summary>Calls a receiver's <see cref="EngineReceiver.OnTimer"/> at a time.</summary>
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
        // Rounded up to the milliseconds of the timer, or it would come early and again.
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

    /// <summary>Ends all sessions, so that neither a poll nor a WebSocket holds the host; their clients come back to another.</summary>
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

/// <summary>Whom to remind, until its session is over: of those who go before their reminders are due, nothing is kept.</summary>
internal sealed class EngineReminder
{
    internal EngineClient? Client { get; set; }
}
