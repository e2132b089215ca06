using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.SocketIO.AspNetCore.Testing;

/// <summary>
/// A client of one namespace, for tests: it connects, emits, waits for answers and events, and keeps what it has received until the test
/// takes it. Connect by <see cref="SocketIOTestExtensions.ConnectSocketIOAsync"/>.
/// </summary>
/// <remarks>
/// <para>
/// Nothing is timed: each wait ends by what the server does, or fails after <see cref="SocketIOTestOptions.Patience"/>. What a handler sends
/// to a client before it answers, the client has when its call has ended; so a call is also the way to know that something has not come.
/// </para>
/// <para>Safe for concurrent use.</para>
/// </remarks>
[DebuggerDisplay("{Namespace} {Id}")]
public sealed class SocketIOTestClient : IAsyncDisposable
{
    internal const string ByClient = "io client disconnect";

    private readonly TestSession _session;
    private readonly Lock _lock = new();
    private readonly ReceivedEvents _received = new();
    private readonly Dictionary<long, TaskCompletionSource<SocketIOArguments>> _calls = [];
    private readonly TaskCompletionSource<SocketIOArguments> _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _disconnected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _lastId = -1;
    private string? _detail;

    internal SocketIOTestClient(TestSession session, string space)
    {
        _session = session;
        Namespace = space;
    }

    /// <summary>The namespace that it is in.</summary>
    public string Namespace { get; }

    /// <summary>The id that the server has given it.</summary>
    public string Id { get; private set; } = "";

    /// <summary>Whether it is in the namespace.</summary>
    public bool IsConnected => !_disconnected.Task.IsCompleted;

    /// <summary>
    /// Completes when it is not in the namespace any more, with the reason as npm's client gives it: <c>io server disconnect</c>,
    /// <c>io client disconnect</c>, <c>transport close</c>. It never fails.
    /// </summary>
    public Task<string> Disconnected => _disconnected.Task;

    /// <summary>What was received and not taken yet, in the order of arrival.</summary>
    public IReadOnlyList<SocketIOReceived> Received => _received.Peek();

    /// <summary>Whether the end of this one is the end of the session, with all of its namespaces.</summary>
    internal bool OwnsSession { get; set; }

    internal JsonSerializerOptions Json => _session.Encoder.JsonOptions;

    /// <summary>Whether the server has let it in; what it is told is for <see cref="Arrive"/>.</summary>
    internal Task<SocketIOArguments> Joined => _joined.Task;

    /// <summary>Takes what was received and not taken yet, in the order of arrival.</summary>
    public IReadOnlyList<SocketIOReceived> TakeReceived() => _received.TakeAll();

    /// <summary>Sends an event.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">Its arguments; bytes in them become attachments.</param>
    /// <returns>Completes when it was handed to the transport. What the server does with it is not waited for.</returns>
    /// <exception cref="SocketIODisconnectedException">The client is not connected any more.</exception>
    /// <exception cref="TimeoutException">The server did not take it within <see cref="SocketIOTestOptions.Patience"/>.</exception>
    public ValueTask EmitAsync(string name, params object?[] arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ThrowIfDisconnected();
        return _session.SendAsync(_session.Encoder.Event(Namespace, name, arguments));
    }

    /// <summary>Sends an event with one argument.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="argument">Its argument; bytes in it become attachments. A collection is one argument, an array too.</param>
    /// <inheritdoc cref="EmitAsync(string, object?[])" path="/returns|/exception"/>
    [OverloadResolutionPriority(1)]
    public ValueTask EmitAsync(string name, object? argument) => EmitAsync(name, arguments: [argument]);

    /// <summary>Sends an event and waits for the answer.</summary>
    /// <typeparam name="T">What the first argument of the answer stands for; the default where there is none.</typeparam>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">Its arguments; bytes in them become attachments.</param>
    /// <inheritdoc cref="CallAsync(string, IReadOnlyList{object?}, CancellationToken)" path="/exception"/>
    /// <exception cref="JsonException">The answer is not of that type.</exception>
    public async Task<T?> CallAsync<T>(string name, params object?[] arguments)
    {
        SocketIOArguments answer = await CallAsync(name, arguments, CancellationToken.None).ConfigureAwait(false);
        return answer.Count == 0 ? default : answer.Get(0, (JsonTypeInfo<T>)Json.GetTypeInfo(typeof(T)));
    }

    /// <summary>Sends an event with one argument and waits for the answer.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="argument">Its argument; bytes in it become attachments. A collection is one argument, an array too.</param>
    /// <inheritdoc cref="CallAsync{T}(string, object?[])" path="/typeparam|/exception"/>
    [OverloadResolutionPriority(1)]
    public Task<T?> CallAsync<T>(string name, object? argument) => CallAsync<T>(name, arguments: [argument]);

    /// <summary>Sends an event and waits for the answer.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">Its arguments; bytes in them become attachments.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The arguments of the answer.</returns>
    /// <exception cref="SocketIODisconnectedException">The client is not connected any more.</exception>
    /// <exception cref="TimeoutException">No answer came within <see cref="SocketIOTestOptions.Patience"/>.</exception>
    public async Task<SocketIOArguments> CallAsync(
        string name, IReadOnlyList<object?> arguments, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var answer = new TaskCompletionSource<SocketIOArguments>(TaskCreationOptions.RunContinuationsAsynchronously);
        long id;
        lock (_lock)
        {
            ThrowIfDisconnected();
            id = ++_lastId;
            _calls[id] = answer;
        }

        try
        {
            await _session.SendAsync(_session.Encoder.Event(Namespace, name, [.. arguments], id), cancellationToken).ConfigureAwait(false);
            return await WaitAsync(answer.Task, $"an answer to \"{name}\"", null, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
                _calls.Remove(id);
        }
    }

    /// <summary>Takes the first event of a name that was received and not taken yet, or waits for one.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="patience">How long to wait, in real time; null for <see cref="SocketIOTestOptions.Patience"/>.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="SocketIODisconnectedException">The client is not connected any more, and has received none.</exception>
    /// <exception cref="TimeoutException">None came in time.</exception>
    public async Task<SocketIOReceived> WaitForAsync(
        string name, TimeSpan? patience = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        Task<SocketIOReceived> waiting = _received.TakeAsync(name);
        try
        {
            return await WaitAsync(waiting, $"the event \"{name}\"", patience, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or TimeoutException)
        {
            // One that came at the same moment is not lost.
            if (!_received.Forget(waiting))
                return await waiting.ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Goes into another namespace, over the same session.</summary>
    /// <param name="space">The namespace.</param>
    /// <param name="auth">What the client brings for it; null for nothing. It becomes a JSON object.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The client of that namespace. It ends with this one at the latest.</returns>
    /// <exception cref="ArgumentException">It is no name of a namespace.</exception>
    /// <exception cref="InvalidOperationException">The session is in that namespace already.</exception>
    /// <inheritdoc cref="SocketIOTestExtensions.ConnectSocketIOAsync" path="/exception[position() > 1]"/>
    public Task<SocketIOTestClient> JoinAsync(string space, object? auth = null, CancellationToken cancellationToken = default) =>
        _session.JoinAsync(SocketIOTestOptions.CheckedName(space), auth, cancellationToken);

    /// <summary>Leaves the namespace, and keeps the session.</summary>
    /// <returns>Completes when that was handed to the transport.</returns>
    public async ValueTask DisconnectAsync()
    {
        if (End(ByClient))
            await _session.SendAsync([_session.Encoder.Disconnect(Namespace)]).ConfigureAwait(false);
    }

    /// <summary>Loses the connection, with all of its namespaces: nothing more is sent, not even that it ends.</summary>
    public void Abort() => _session.Abort();

    /// <summary>
    /// Leaves the namespace; the one that has connected leaves all of them and ends the session. What was received can still be taken.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (OwnsSession)
            await _session.DisposeAsync().ConfigureAwait(false);
        else
            await DisconnectAsync().ConfigureAwait(false);
    }

    internal ValueTask AnswerAsync(long id, object?[] arguments)
    {
        ThrowIfDisconnected();
        return _session.SendAsync(_session.Encoder.Ack(Namespace, id, arguments));
    }

    /// <summary>A packet for this namespace.</summary>
    internal void Arrive(SocketIOPacket packet)
    {
        switch (packet.Type)
        {
            case SocketIOPacketType.Connect:
                using (var json = JsonDocument.Parse(packet.Arguments.GetJson(0)))
                    Id = json.RootElement.GetProperty("sid").GetString()!;
                _joined.TrySetResult(packet.Arguments);
                break;
            case SocketIOPacketType.ConnectError:
                _joined.TrySetException(RefusalOf(packet.Arguments));
                End("io server disconnect");
                break;
            case SocketIOPacketType.Disconnect:
                End("io server disconnect");
                break;
            case SocketIOPacketType.Ack:
                lock (_lock)
                {
                    if (_calls.Remove(packet.Id!.Value, out TaskCompletionSource<SocketIOArguments>? call))
                        call.TrySetResult(packet.Arguments);
                }

                break;
            default:
                _received.Add(new SocketIOReceived(this, packet));
                break;
        }
    }

    /// <returns>False if it has ended already.</returns>
    internal bool End(string reason, string? detail = null)
    {
        lock (_lock)
        {
            if (!_disconnected.TrySetResult(reason))
                return false;
            _detail = detail;
            SocketIODisconnectedException failure = Gone();
            _joined.TrySetException(failure);
            // Whoever joins may have given up.
            _ = _joined.Task.Exception;
            foreach (TaskCompletionSource<SocketIOArguments> call in _calls.Values)
                call.TrySetException(failure);
            _received.End(failure);
        }

        _session.Forget(this);
        return true;
    }

    internal async Task<T> WaitAsync<T>(Task<T> task, string what, TimeSpan? patience, CancellationToken cancellationToken)
    {
        TimeSpan limit = patience ?? _session.Options.Patience;
        try
        {
            return await task.WaitAsync(limit, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            string received = string.Join(", ", Received.Select(item => item.Name));
            throw new TimeoutException(
                $"There was not {what} within {limit}. Received and not taken: {(received.Length > 0 ? received : "nothing")}.", e);
        }
    }

    private static SocketIORefusedException RefusalOf(SocketIOArguments arguments)
    {
        using var json = JsonDocument.Parse(arguments.GetJson(0));
        JsonElement root = json.RootElement;
        return new SocketIORefusedException(root.GetProperty("message").GetString()!)
        {
            Details = root.TryGetProperty("data", out JsonElement data) ? data.Clone() : null,
        };
    }

    private void ThrowIfDisconnected()
    {
        if (_disconnected.Task.IsCompleted)
            throw Gone();
    }

    private SocketIODisconnectedException Gone() =>
        new($"The client is not in {Namespace} any more: {_disconnected.Task.Result}{(_detail is null ? "" : $" ({_detail})")}.");
}
