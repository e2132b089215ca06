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

/// <summary>A client of one namespace, for tests. Connect it with <see cref="SocketIOTestExtensions.ConnectSocketIOAsync"/>.</summary>
/// <remarks>
/// <para>
/// It emits events, makes calls, and keeps the events that it receives until the test takes them. Each wait ends with what the server does,
/// or fails after <see cref="SocketIOTestOptions.Patience"/>, so tests need no delays.
/// </para>
/// <para>
/// Events that a handler emits to the client before its acknowledgement are received when the call completes. So a call also proves that an
/// event was not sent.
/// </para>
/// <para>Thread-safe.</para>
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

    /// <summary>The namespace.</summary>
    public string Namespace { get; }

    /// <summary>The id of the client in the namespace.</summary>
    public string Id { get; private set; } = "";

    /// <summary>Whether the client is connected to the namespace.</summary>
    public bool IsConnected => !_disconnected.Task.IsCompleted;

    /// <summary>
    /// A task that completes when the client is disconnected from the namespace, with the reason in the words of npm's client: <c>io server
    /// disconnect</c>, <c>io client disconnect</c> or <c>transport close</c>. It never fails.
    /// </summary>
    public Task<string> Disconnected => _disconnected.Task;

    /// <summary>The events that were received and not taken yet, in order.</summary>
    public IReadOnlyList<SocketIOReceived> Received => _received.Peek();

    /// <summary>Whether disposing of this client closes the session, with all its namespaces.</summary>
    internal bool OwnsSession { get; set; }

    internal JsonSerializerOptions Json => _session.Encoder.JsonOptions;

    /// <summary>A task that completes when the server accepts the client, with the payload of its answer.</summary>
    internal Task<SocketIOArguments> Joined => _joined.Task;

    /// <summary>Takes the events that were received and not taken yet.</summary>
    /// <returns>The events, in order.</returns>
    public IReadOnlyList<SocketIOReceived> TakeReceived() => _received.TakeAll();

    /// <summary>Emits an event.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">The arguments. Byte arrays in them become attachments.</param>
    /// <returns>A task that completes when the event was passed to the transport. It does not wait for the server to handle it.</returns>
    /// <exception cref="SocketIODisconnectedException">The client is no longer connected.</exception>
    /// <exception cref="TimeoutException">The server did not accept it within <see cref="SocketIOTestOptions.Patience"/>.</exception>
    public ValueTask EmitAsync(string name, params object?[] arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ThrowIfDisconnected();
        return _session.SendAsync(_session.Encoder.Event(Namespace, name, arguments));
    }

    /// <summary>Emits an event with one argument.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="argument">The argument. Byte arrays in it become attachments. A collection, such as an array, is one argument.</param>
    /// <inheritdoc cref="EmitAsync(string, object?[])" path="/returns|/exception"/>
    [OverloadResolutionPriority(1)]
    public ValueTask EmitAsync(string name, object? argument) => EmitAsync(name, arguments: [argument]);

    /// <summary>Emits an event and waits for the acknowledgement.</summary>
    /// <typeparam name="T">The type of the first argument of the acknowledgement.</typeparam>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">The arguments. Byte arrays in them become attachments.</param>
    /// <returns>The first argument of the acknowledgement; the default of the type if it has none.</returns>
    /// <inheritdoc cref="CallAsync(string, IReadOnlyList{object?}, CancellationToken)" path="/exception"/>
    /// <exception cref="JsonException">The first argument of the acknowledgement is not of that type.</exception>
    public async Task<T?> CallAsync<T>(string name, params object?[] arguments)
    {
        SocketIOArguments answer = await CallAsync(name, arguments, CancellationToken.None).ConfigureAwait(false);
        return answer.Count == 0 ? default : answer.Get(0, (JsonTypeInfo<T>)Json.GetTypeInfo(typeof(T)));
    }

    /// <summary>Emits an event with one argument and waits for the acknowledgement.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="argument">The argument. Byte arrays in it become attachments. A collection, such as an array, is one argument.</param>
    /// <inheritdoc cref="CallAsync{T}(string, object?[])" path="/typeparam|/returns|/exception"/>
    [OverloadResolutionPriority(1)]
    public Task<T?> CallAsync<T>(string name, object? argument) => CallAsync<T>(name, arguments: [argument]);

    /// <summary>Emits an event and waits for the acknowledgement.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">The arguments. Byte arrays in them become attachments.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The arguments of the acknowledgement.</returns>
    /// <exception cref="SocketIODisconnectedException">The client is no longer connected.</exception>
    /// <exception cref="TimeoutException">The server did not answer within <see cref="SocketIOTestOptions.Patience"/>.</exception>
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
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The event.</returns>
    /// <exception cref="SocketIODisconnectedException">The client is no longer connected, and has received no such event.</exception>
    /// <exception cref="TimeoutException">No such event was received in time.</exception>
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
            // An event that is received at the same moment must not be lost.
            if (!_received.Forget(waiting))
                return await waiting.ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Connects to another namespace, over the same session.</summary>
    /// <param name="space">The namespace.</param>
    /// <param name="auth">The <c>auth</c> payload, which must serialize to a JSON object; null for none.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The client of that namespace. It is disconnected with this one at the latest.</returns>
    /// <exception cref="ArgumentException">
    /// The name does not begin with a slash, or contains a comma. Or the payload is not an object.
    /// </exception>
    /// <exception cref="InvalidOperationException">The session is connected to that namespace already.</exception>
    /// <inheritdoc cref="SocketIOTestExtensions.ConnectSocketIOAsync" path="/exception[position() > 1]"/>
    public Task<SocketIOTestClient> JoinAsync(string space, object? auth = null, CancellationToken cancellationToken = default) =>
        _session.JoinAsync(SocketIOTestOptions.CheckedName(space), auth, cancellationToken);

    /// <summary>Leaves the namespace. The session stays open.</summary>
    /// <returns>A task that completes when the packet was passed to the transport.</returns>
    public async ValueTask DisconnectAsync()
    {
        if (End(ByClient))
            await _session.SendAsync([_session.Encoder.Disconnect(Namespace)]).ConfigureAwait(false);
    }

    /// <summary>
    /// Aborts the connection, with all its namespaces, without sending anything more. It simulates the loss of the network.
    /// </summary>
    public void Abort() => _session.Abort();

    /// <summary>
    /// Leaves the namespace. The first client of a session leaves all its namespaces and closes the session. Events that were received can
    /// still be taken.
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

    /// <summary>Handles a packet for this namespace.</summary>
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

    /// <returns>False if it was disconnected before.</returns>
    internal bool End(string reason, string? detail = null)
    {
        lock (_lock)
        {
            if (!_disconnected.TrySetResult(reason))
                return false;
            _detail = detail;
            SocketIODisconnectedException failure = Gone();
            _joined.TrySetException(failure);
            // Observed here, because nobody may wait for it any more.
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
                $"{limit} passed without {what}. Received and not taken: {(received.Length > 0 ? received : "nothing")}.", e);
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
        new($"The client is no longer connected to {Namespace}: {_disconnected.Task.Result}{(_detail is null ? "" : $" ({_detail})")}.");
}
