using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Tasks;
using StackExchange.Redis;

namespace WsProto.SocketIO.Redis;

/// <summary>Sends events to clients of Socket.IO from a process that serves none: a job, a console program, another service.</summary>
/// <remarks>
/// Safe for concurrent use. Unlike a server, whoever sends waits until Redis has taken it, and learns of it if Redis does not.
/// </remarks>
public sealed class RedisSocketIOEmitter
{
    private readonly IConnectionMultiplexer _redis;
    private readonly RedisChannel _channel;

    /// <summary>Makes an emitter on a connection, which stays the caller's.</summary>
    /// <param name="redis">The connection.</param>
    /// <param name="options">How servers use Redis; null for the defaults.</param>
    /// <param name="json">How arguments are written; null for the defaults for the web, by reflection where the application has it.</param>
    public RedisSocketIOEmitter(IConnectionMultiplexer redis, RedisSocketIOOptions? options = null, JsonSerializerOptions? json = null)
    {
        ArgumentNullException.ThrowIfNull(redis);
        _redis = redis;
        _channel = RedisChannel.Literal((options ?? new()).Channel);
        Encoder = new SocketIOEncoder(json);
    }

    /// <summary>Everybody in the main namespace.</summary>
    public RedisSocketIOEmission Main => Of("/");

    internal SocketIOEncoder Encoder { get; }

    /// <summary>Everybody in a namespace.</summary>
    /// <param name="name">The name of the namespace. It begins with a slash and has no comma.</param>
    /// <exception cref="ArgumentException">It is no name of a namespace.</exception>
    public RedisSocketIOEmission Of(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!name.StartsWith('/') || name.Contains(',', StringComparison.Ordinal))
            throw new ArgumentException("The name of a namespace begins with a slash and has no comma.", nameof(name));
        return new(this, new(name, [], []), isVolatile: false);
    }

    internal Task<long> PublishAsync(SocketIOServerMessage message) =>
        _redis.GetSubscriber().PublishAsync(_channel, SocketIOServerFormat.Write(message));
}

/// <summary>Clients of a namespace, wherever they are: all, or those in some rooms, without those in some others. Immutable.</summary>
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

    /// <summary>The same, where events may be dropped for clients that do not keep up. Python's servers drop none.</summary>
    public RedisSocketIOEmission Volatile => new(_emitter, _audience, isVolatile: true);

    /// <summary>These and those of more rooms.</summary>
    /// <param name="rooms">The rooms. The id of a client is a room too.</param>
    public RedisSocketIOEmission To(params ReadOnlySpan<string> rooms) =>
        new(_emitter, _audience with { Rooms = [.. _audience.Rooms, .. rooms] }, _isVolatile);

    /// <summary>These without those of some rooms. Python's servers know ids of clients here, and no other rooms.</summary>
    /// <param name="rooms">The rooms. The id of a client is a room too.</param>
    public RedisSocketIOEmission Except(params ReadOnlySpan<string> rooms) =>
        new(_emitter, _audience with { Except = [.. _audience.Except, .. rooms] }, _isVolatile);

    /// <summary>Sends an event.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">Its arguments; bytes in them become attachments.</param>
    /// <returns>How many servers Redis has handed it to.</returns>
    /// <exception cref="ArgumentException">The name is reserved, or there are too many attachments.</exception>
    /// <exception cref="RedisException">Redis did not take it, or may not have.</exception>
    /// <exception cref="TimeoutException">Redis did not answer in time: it may have taken it.</exception>
    public Task<long> EmitAsync(string name, params ReadOnlySpan<object?> arguments) => _emitter.PublishAsync(
        new ServerEmit("", _audience, _emitter.Encoder.Content(_audience.Namespace, name, arguments)) { IsVolatile = _isVolatile });

    /// <summary>Sends an event with one argument. A collection is one argument, an array too.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="argument">Its argument; bytes in it become attachments.</param>
    /// <inheritdoc cref="EmitAsync(string, ReadOnlySpan{object?})" path="/returns|/exception"/>
    [OverloadResolutionPriority(1)]
    public Task<long> EmitAsync(string name, object? argument) => EmitAsync(name, [argument]);

    /// <summary>All join a room.</summary>
    /// <param name="room">The room.</param>
    /// <inheritdoc cref="DisconnectAsync" path="/returns|/exception"/>
    public Task JoinAsync(string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        return TellAsync(ServerChangeKind.Join, room);
    }

    /// <summary>All leave a room.</summary>
    /// <param name="room">The room.</param>
    /// <inheritdoc cref="DisconnectAsync" path="/returns|/exception"/>
    public Task LeaveAsync(string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        return TellAsync(ServerChangeKind.Leave, room);
    }

    /// <summary>Takes all out of the namespace.</summary>
    /// <param name="closeSessions">Whether to end their whole sessions. Python's servers do not know that.</param>
    /// <returns>Completes when Redis has taken it.</returns>
    /// <exception cref="RedisException">Redis did not take it, or may not have.</exception>
    /// <exception cref="TimeoutException">Redis did not answer in time: it may have taken it.</exception>
    public Task DisconnectAsync(bool closeSessions = false) => TellAsync(ServerChangeKind.Disconnect, "", closeSessions);

    private async Task TellAsync(ServerChangeKind kind, string room, bool closesSessions = false)
    {
        // A message has one room, or none for all.
        IEnumerable<string[]> members = _audience.Rooms.Count == 0 ? [[]] : _audience.Rooms.Select(member => (string[])[member]);
        foreach (string[] member in members)
        {
            await _emitter.PublishAsync(new ServerChange("", _audience with { Rooms = member }, kind, room, closesSessions))
                .ConfigureAwait(false);
        }
    }
}
