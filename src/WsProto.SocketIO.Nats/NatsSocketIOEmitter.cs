using System;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace WsProto.SocketIO.Nats;

/// <summary>Sends events to Socket.IO clients from a process without a server: a job, a console program, another service.</summary>
/// <remarks>
/// Thread-safe. Other than with a server, a method waits until the stream has stored the message, and throws if it does not. Messages are
/// stored in the order of the calls if each call waits for the one before it.
/// </remarks>
public sealed class NatsSocketIOEmitter
{
    private readonly NatsJSContext _context;
    private readonly TimeSpan _timeout;
    private readonly string _subject;

    /// <summary>Creates an emitter. The connection still belongs to the caller.</summary>
    /// <param name="nats">The connection. <see cref="NatsOpts.RequestTimeout"/> is how long a message may take.</param>
    /// <param name="options">The options of the servers' backplanes, of which the emitter uses the subject; null for the defaults.</param>
    /// <param name="json">The JSON options of arguments; null for the web defaults, with reflection if the application supports it.</param>
    public NatsSocketIOEmitter(INatsConnection nats, NatsSocketIOOptions? options = null, JsonSerializerOptions? json = null)
    {
        ArgumentNullException.ThrowIfNull(nats);
        _context = new NatsJSContext(nats);
        _timeout = nats.Opts.RequestTimeout;
        _subject = (options ?? new()).Subject;
        Encoder = new SocketIOEncoder(json);
    }

    /// <summary>All clients of the main namespace.</summary>
    public NatsSocketIOEmission Main => Of("/");

    internal SocketIOEncoder Encoder { get; }

    /// <summary>Selects all clients of a namespace.</summary>
    /// <param name="name">The name of the namespace. It begins with a slash and contains no comma.</param>
    /// <returns>The set of clients.</returns>
    /// <exception cref="ArgumentException">The name does not begin with a slash, or contains a comma.</exception>
    public NatsSocketIOEmission Of(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!name.StartsWith('/') || name.Contains(',', StringComparison.Ordinal))
            throw new ArgumentException("The name of a namespace begins with a slash and contains no comma.", nameof(name));
        return new(this, new(name, [], []), isVolatile: false);
    }

    /// <summary>Publishes a message to the stream, and waits until it is stored. The client of NATS may send it twice.</summary>
    internal async Task PublishAsync(SocketIOServerMessage message)
    {
        // Without a connection, the client of NATS would wait for one without end.
        using var limit = new CancellationTokenSource(_timeout);
        try
        {
            PubAckResponse ack = await _context.PublishAsync(
                _subject,
                SocketIOServerFormat.Write(message),
                NatsRawSerializer<ReadOnlyMemory<byte>>.Default,
                new NatsJSPubOpts { MsgId = Guid.NewGuid().ToString("N") },
                cancellationToken: limit.Token).ConfigureAwait(false);
            // A duplicate was stored before; its acknowledgement was lost.
            if (!ack.Duplicate)
                ack.EnsureSuccess();
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"NATS has not stored the message within {_timeout}. It may still do.", e);
        }
    }
}

/// <summary>A set of clients of a namespace on all servers: all, or those in some rooms, except those in others. Immutable.</summary>
public sealed class NatsSocketIOEmission
{
    private readonly NatsSocketIOEmitter _emitter;
    private readonly SocketIOAudience _audience;
    private readonly bool _isVolatile;

    internal NatsSocketIOEmission(NatsSocketIOEmitter emitter, SocketIOAudience audience, bool isVolatile)
    {
        _emitter = emitter;
        _audience = audience;
        _isVolatile = isVolatile;
    }

    /// <summary>The same clients, with volatile events: they may be dropped for clients that are not ready to receive them.</summary>
    public NatsSocketIOEmission Volatile => new(_emitter, _audience, isVolatile: true);

    /// <summary>Adds the clients in some rooms. Without any room, the set has all clients of the namespace.</summary>
    /// <param name="rooms">The rooms. The id of a client is a room too.</param>
    /// <returns>The new set.</returns>
    public NatsSocketIOEmission To(params ReadOnlySpan<string> rooms) =>
        new(_emitter, _audience with { Rooms = [.. _audience.Rooms, .. rooms] }, _isVolatile);

    /// <summary>Excludes the clients in some rooms.</summary>
    /// <param name="rooms">The rooms. The id of a client is a room too.</param>
    /// <returns>The new set.</returns>
    public NatsSocketIOEmission Except(params ReadOnlySpan<string> rooms) =>
        new(_emitter, _audience with { Except = [.. _audience.Except, .. rooms] }, _isVolatile);

    /// <summary>Sends an event.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">The arguments. Byte arrays in them become attachments.</param>
    /// <returns>A task that completes when the stream has stored the event.</returns>
    /// <exception cref="ArgumentException">The name is reserved, or there are too many attachments.</exception>
    /// <exception cref="NatsException">
    /// The stream did not store the message, or may not have stored it: the connection was lost, the message is too large, or there is no
    /// stream for the subject, because no server has been started yet.
    /// </exception>
    /// <exception cref="TimeoutException">NATS cannot be reached, or did not answer in time. It may have stored the message.</exception>
    public Task EmitAsync(string name, params ReadOnlySpan<object?> arguments) => _emitter.PublishAsync(
        new ServerEmit("", _audience, _emitter.Encoder.Content(_audience.Namespace, name, arguments)) { IsVolatile = _isVolatile });

    /// <summary>Sends an event with one argument.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="argument">The argument. Byte arrays in it become attachments. A collection, such as an array, is one argument.</param>
    /// <inheritdoc cref="EmitAsync(string, ReadOnlySpan{object?})" path="/returns|/exception"/>
    [OverloadResolutionPriority(1)]
    public Task EmitAsync(string name, object? argument) => EmitAsync(name, [argument]);

    /// <summary>Adds all clients to a room.</summary>
    /// <param name="room">The room.</param>
    /// <inheritdoc cref="DisconnectAsync" path="/returns|/exception"/>
    public Task JoinAsync(string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        return TellAsync(ServerChangeKind.Join, room);
    }

    /// <summary>Removes all clients from a room.</summary>
    /// <param name="room">The room.</param>
    /// <inheritdoc cref="DisconnectAsync" path="/returns|/exception"/>
    public Task LeaveAsync(string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        return TellAsync(ServerChangeKind.Leave, room);
    }

    /// <summary>Disconnects all clients from the namespace.</summary>
    /// <param name="closeSessions">Whether to close their whole sessions.</param>
    /// <returns>A task that completes when the stream has stored the message.</returns>
    /// <exception cref="NatsException">The stream did not store the message, or may not have stored it.</exception>
    /// <exception cref="TimeoutException">NATS cannot be reached, or did not answer in time. It may have stored the message.</exception>
    public Task DisconnectAsync(bool closeSessions = false) => TellAsync(ServerChangeKind.Disconnect, "", closeSessions);

    /// <summary>A change is for one room or for all: the format has no list of rooms for it.</summary>
    private async Task TellAsync(ServerChangeKind kind, string room, bool closesSessions = false)
    {
        if (_audience.Rooms.Count == 0)
            await _emitter.PublishAsync(new ServerChange("", _audience, kind, room, closesSessions)).ConfigureAwait(false);
        foreach (string member in _audience.Rooms)
        {
            await _emitter.PublishAsync(new ServerChange("", _audience with { Rooms = [member] }, kind, room, closesSessions))
                .ConfigureAwait(false);
        }
    }
}
