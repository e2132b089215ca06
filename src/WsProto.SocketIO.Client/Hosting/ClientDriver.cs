// The core with its lock, its timer and its I/O. It passes input to the core and carries out the core's events, in order. Nothing that
// waits, and no code of the application except its policies, is called while the lock is held.

using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;
using WsProto.EngineIO;

namespace WsProto.SocketIO.Client.Hosting;

[SuppressMessage("Design", "CA1001", Justification = "DisposeAsync disposes of everything that holds resources.")]
internal sealed partial class ClientDriver
{
    private readonly SocketIOClient _client;
    private readonly Lock _gate = new();
    private readonly SocketIOClientConnection _core;
    private readonly Endpoint _endpoint;
    private readonly HttpCarrier _http;
    private readonly ITimer _timer;
    private readonly long _start;
    private readonly CancellationTokenSource _disposing = new();
    private readonly Dictionary<string, SocketIOClientNamespace> _spaces = new(StringComparer.Ordinal);

    /// <summary>The requests and WebSockets that have not ended.</summary>
    private readonly HashSet<Task> _carried = [];

    /// <summary>The requests and WebSockets that are not read, because too much waits for handlers.</summary>
    private readonly List<EngineIOClientRequest> _paused = [];

    /// <summary>The transports that the session has used, in their order, in words for an error.</summary>
    private readonly List<string> _tried = [];
    private SessionHeaders _headers;
    private EngineIOClient? _headersOf;
    private TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _drain;
    private TaskCompletionSource? _room;
    private long _backlog;
    private bool _isCarrying;
    private bool _isEnding;
    private bool _isDisposed;

    internal ClientDriver(SocketIOClient client, Uri uri, SocketIOClientOptions options)
    {
        _client = client;
        Options = options;
        Encoder = new SocketIOEncoder(options.Json, options.MaxAttachments, options.Parser);
        _endpoint = new Endpoint(uri, options);
        _http = new HttpCarrier(this, _endpoint);
        _headers = new SessionHeaders(_endpoint, _disposing.Token);
        _start = options.TimeProvider.GetTimestamp();
        _core = new SocketIOClientConnection(SafePolicies.In(options.Connection), Encoder, options.Random);
        _timer = options.TimeProvider.CreateTimer(
            static state => ((ClientDriver)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _idle.SetResult();
        Disposed = _disposing.Token;
    }

    internal SocketIOClientOptions Options { get; }

    internal SocketIOEncoder Encoder { get; }

    internal SocketIOClientState State
    {
        get
        {
            lock (_gate)
                return _core.State;
        }
    }

    internal EngineIOTransports? Transport
    {
        get
        {
            lock (_gate)
                return _core.State == SocketIOClientState.Open ? _core.Session!.Transport : null;
        }
    }

    internal string? IdOf(string @namespace)
    {
        lock (_gate)
            return _core.IdOf(@namespace);
    }

    /// <summary>Cancelled when the client is disposed of.</summary>
    internal CancellationToken Disposed { get; }

    /// <summary>The number of emits that wait for their namespace.</summary>
    internal int BufferedEmits
    {
        get
        {
            lock (_gate)
                return _core.BufferedEmits;
        }
    }

    /// <summary>Whether nothing is read, because too much waits for handlers.</summary>
    internal bool IsPaused
    {
        get
        {
            lock (_gate)
                return _paused.Count > 0;
        }
    }

    /// <summary>The number of requests and WebSockets that have not ended.</summary>
    internal int CarriedCount
    {
        get
        {
            lock (_gate)
                return _carried.Count;
        }
    }

    private TimeSpan Now => Options.TimeProvider.GetElapsedTime(_start);

    internal SocketIOClientNamespace Of(string name)
    {
        lock (_gate)
        {
            if (!_spaces.TryGetValue(name, out SocketIOClientNamespace? space))
                _spaces.Add(name, space = new SocketIOClientNamespace(_client, name));
            return space;
        }
    }

    /// <summary>Passes input to a session, and carries out the events that follow.</summary>
    internal void Do(EngineIOClient session, Action<EngineIOClient, TimeSpan> step)
    {
        lock (_gate)
        {
            if (_isDisposed)
                return;
            TimeSpan now = Now;
            step(session, now);
            _core.Update(now);
            Carry();
        }
    }

    /// <summary>Waits until a connection that is closing is closed.</summary>
    internal Task WaitWhileClosingAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
            return _core.State == SocketIOClientState.Closing ? _idle.Task.WaitAsync(cancellationToken) : Task.CompletedTask;
    }

    internal void ReconnectNow() => Do(static (core, now) => core.ReconnectNow(now));

    internal void Leave(string @namespace) => Do((core, now) => core.Leave(@namespace, now));

    /// <summary>Stops the connection.</summary>
    /// <returns>A task that completes when the session is closed.</returns>
    internal Task StopAsync()
    {
        lock (_gate)
        {
            Do(static (core, now) => core.Stop(now));
            return _idle.Task;
        }
    }

    internal SocketIOEmit Emit(
        string @namespace, string name, ReadOnlySpan<object?> arguments, SocketIOEmitOptions options, PendingEmit? pending)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, _client);
            SocketIOEmit emit = _core.Emit(@namespace, name, arguments, options, Now);
            emit.Tag = pending;
            Carry();
            return emit;
        }
    }

    internal void Cancel(SocketIOEmit emit) => Do((core, now) => core.Cancel(emit, now));

    internal bool Answer(EventArrived arrived, ReadOnlySpan<object?> arguments)
    {
        lock (_gate)
        {
            if (_isDisposed)
                return false;
            bool isSent = _core.Answer(arrived, arguments, Now);
            Carry();
            return isSent;
        }
    }

    internal void Release(NamespaceJoined joined) => Do((core, now) => core.Release(joined, now));

    /// <summary>The maximum size in bytes of a message that the server accepts; 0 if it is unknown.</summary>
    internal int MaxPayload
    {
        get
        {
            lock (_gate)
                return _core.Session?.Opening?.MaxPayload ?? 0;
        }
    }

    /// <summary>Reports what a handler has thrown to the application.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Nobody is left to report it to.")]
    internal void Tell(Exception exception, SocketIOReceived? e)
    {
        try
        {
            Options.OnHandlerFailed?.Invoke(exception, e);
        }
        catch (Exception)
        {
        }
    }

    /// <summary>Takes the next item of a queue. If there is none, calls a function under the lock and returns false.</summary>
    internal bool Take<T>(Queue<T> queue, [MaybeNullWhen(false)] out T next, Action end)
    {
        lock (_gate)
        {
            if (queue.TryDequeue(out next))
                return true;
            end();
            return false;
        }
    }

    /// <summary>Ends the connection, all requests and the timer. It always completes.</summary>
    internal async Task DisposeAsync()
    {
        // A wait for the end of the session must not open a new connection.
        lock (_gate)
            _isEnding = true;
        await StopAsync().ConfigureAwait(false);
        // What was sent last is delivered, as long as the server accepts it.
        Task[] carried;
        lock (_gate)
            carried = [.. _carried];
        await Task.WhenAll(carried).WaitAsync(Options.Connection.Engine.CloseTimeout, Options.TimeProvider)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate)
        {
            _isDisposed = true;
            carried = [.. _carried];
        }

        await _disposing.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(carried).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate)
            _carried.Clear();
        await _timer.DisposeAsync().ConfigureAwait(false);
        _endpoint.Dispose();
    }

    private void Do(Action<SocketIOClientConnection, TimeSpan> step)
    {
        lock (_gate)
        {
            if (_isDisposed)
                return;
            step(_core, Now);
            Carry();
        }
    }

    private void OnTimer() => Do((core, now) =>
    {
        foreach (EngineIOClientRequest request in _paused)
            core.NoteUnread(request, now);
        core.OnTimer(now);
    });
}
