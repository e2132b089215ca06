using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Tasks;
using StackExchange.Redis;

namespace WsProto.SocketIO.Redis;

/// <summary>Sends events to Socket.IO clients from a process without a server: a job, a console program, another service.</summary>
/// <remarks>
/// Thread-safe. Other than with a server, a method waits until Redis has accepted the message, and throws if it does not.
/// </remarks>
public sealed class RedisSocketIOEmitter
{
    private readonly IConnectionMultiplexer _redis;
    private readonly RedisChannel _channel;

    /// <summary>Creates an emitter. The connection still belongs to the caller.</summary>
    /// <param name="redis">The connection.</param>
    /// <param name="options">The options of the servers' backplanes; null for the defaults.</param>
    /// <param name="json">The JSON options of arguments; null for the web defaults, with reflection if the application supports it.</param>
    public RedisSocketIOEmitter(IConnectionMultiplexer redis, RedisSocketIOOptions? options = null, JsonSerializerOptions? json = null)
    {
        ArgumentNullException.ThrowIfNull(redis);
        _redis = redis;
        _channel = RedisChannel.Literal((options ?? new()).Channel);
        Encoder = new SocketIOEncoder(json);
    }

    /// <summary>All clients of the main namespace.</summary>
    public RedisSocketIOEmission Main => Of("/");

    internal SocketIOEncoder Encoder { get; }

    /// <summary>Selects all clients of a namespace.</summary>
    /// <param name="name">The name of the namespace. It begins with a slash and contains no comma.</param>
    /// <returns>The set of clients.</returns>
    /// <exception cref="ArgumentException">The name does not begin with a slash, or contains a comma.</exception>
    public RedisSocketIOEmission Of(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!name.StartsWith('/') || name.Contains(',', StringComparison.Ordinal))
            throw new ArgumentException("The name of a namespace begins with a slash and contains no comma.", nameof(name));
        return new(this, new(name, [], []), isVolatile: false);
    }

    internal Task<long> PublishAsync(SocketIOServerMessage message) =>
        _redis.GetSubscriber().PublishAsync(_channel, SocketIOServerFormat.Write(message));
}

/// <summary>A set of clients of a namespace on all servers: all, or those in some rooms, except those in others. Immutable.</summary>
public sealed class RedisSocketIOEmission
{
    private readonly RedisSocketIOEmitter _emitter;
    private readonly SocketIOAudience _audience;
    private readonly bool _isVolatile;

    internal RedisSocketIOEmission(RedisSocketIOEmitter emitter, SocketIOAudience audience, bool isVolatile)
    {
        _emitter = emitter;
        _audience = audience;
        _isVolatile = isVolatile;
    }

    /// <summary>
    /// The same clients, with volatile events: they may be dropped for clients that are not ready to receive them. Python's servers drop
    /// none.
    /// </summary>
    public RedisSocketIOEmission Volatile => new(_emitter, _audience, isVolatile: true);

    /// <summary>Adds the clients in some rooms. Without any room, the set has all clients of the namespace.</summary>
    /// <param name="rooms">The rooms. The id of a client is a room too.</param>
    /// <returns>The new set.</returns>
    public RedisSocketIOEmission To(params ReadOnlySpan<string> rooms) =>
        new(_emitter, _audience with { Rooms = [.. _audience.Rooms, .. rooms] }, _isVolatile);

    /// <summary>Excludes the clients in some rooms. Python's servers support only the ids of clients here.</summary>
    /// <param name="rooms">The rooms. The id of a client is a room too.</param>
    /// <returns>The new set.</returns>
    public RedisSocketIOEmission Except(params ReadOnlySpan<string> rooms) =>
        new(_emitter, _audience with { Except = [.. _audience.Except, .. rooms] }, _isVolatile);

    /// <summary>Sends an event.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">The arguments. Byte arrays in them become attachments.</param>
    /// <returns>The number of servers that Redis has passed the event to.</returns>
    /// <exception cref="ArgumentException">The name is reserved, or there are too many attachments.</exception>
    /// <exception cref="RedisException">Redis did not accept the message, or may not have accepted it.</exception>
    /// <exception cref="TimeoutException">Redis did not answer in time. It may have accepted the message.</exception>
    public Task<long> EmitAsync(string name, params ReadOnlySpan<object?> arguments) => _emitter.PublishAsync(
        new ServerEmit("", _audience, _emitter.Encoder.Content(_audience.Namespace, name, arguments)) { IsVolatile = _isVolatile });

    /// <summary>Sends an event with one argument.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="argument">The argument. Byte arrays in it become attachments. A collection, such as an array, is one argument.</param>
    /// <inheritdoc cref="EmitAsync(string, ReadOnlySpan{object?})" path="/returns|/exception"/>
    [OverloadResolutionPriority(1)]
    public Task<long> EmitAsync(string name, object? argument) => EmitAsync(name, [argument]);

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
    /// <param name="closeSessions">Whether to close their whole sessions. Python's servers do not support it.</param>
    /// <returns>A task that completes when Redis has accepted the message.</returns>
    /// <exception cref="RedisException">Redis did not accept the message, or may not have accepted it.</exception>
    /// <exception cref="TimeoutException">Redis did not answer in time. It may have accepted the message.</exception>
    public Task DisconnectAsync(bool closeSessions = false) => TellAsync(ServerChangeKind.Disconnect, "", closeSessions);

    private async Task TellAsync(ServerChangeKind kind, string room, bool closesSessions = false)
    {
        // A message has one room, or none for all clients.
        IEnumerable<string[]> members = _audience.Rooms.Count == 0 ? [[]] : _audience.Rooms.Select(member => (string[])[member]);
        foreach (string[] member in members)
        {
            await _emitter.PublishAsync(new ServerChange("", _audience with { Rooms = member }, kind, room, closesSessions))
                .ConfigureAwait(false);
        }
    }
}
