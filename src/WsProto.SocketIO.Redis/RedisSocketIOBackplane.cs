// One connection to Redis, made anew by StackExchange.Redis when it is lost, and by Restart when it looks alive and is not. Each of ours
// has a number; what an older one still brings is not listened to, so that nothing comes twice.

using System;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;
using StackExchange.Redis;

namespace WsProto.SocketIO.Redis;

/// <summary>
/// Makes servers of Socket.IO one through PUBLISH and SUBSCRIBE of Redis or Valkey, together with those of python-socketio 5.14 and later.
/// </summary>
/// <remarks>
/// Redis keeps nothing that it hands on: a message that is published while a server, or Redis itself, is away does not reach it later.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "The server closes it, which ends the connection.")]
[DebuggerDisplay("{_options.Channel}")]
public sealed class RedisSocketIOBackplane : SocketIOBackplane
{
    /// <summary>How long after a failure the next attempt to subscribe is.</summary>
    private static readonly TimeSpan _retryDelay = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();

    /// <summary>Held while the receiver is called, so that it is called once at a time.</summary>
    private readonly Lock _receiving = new();
    private readonly ConfigurationOptions _configuration;
    private readonly RedisSocketIOOptions _options;
    private readonly RedisChannel _channel;
    private ISocketIOBackplaneReceiver? _receiver;
    private ConnectionMultiplexer? _connection;
    private int _number;
    private long _pending;
    private bool _isClosed;

    /// <summary>Makes one of what StackExchange.Redis calls a configuration.</summary>
    /// <param name="configuration">Where Redis is, as <c>localhost:6379,password=…,ssl=true</c>.</param>
    /// <param name="options">How it is used; null for the defaults.</param>
    /// <exception cref="ArgumentException">It is no configuration.</exception>
    public RedisSocketIOBackplane(string configuration, RedisSocketIOOptions? options = null)
        : this(ConfigurationOptions.Parse(configuration), options)
    {
    }

    /// <summary>Makes one of a configuration of StackExchange.Redis.</summary>
    /// <param name="configuration">
    /// Where Redis is. The connection is one of its own, for which a copy is changed: what cannot be sent at once fails
    /// (<see cref="BacklogPolicy.FailFast"/>), a lost connection is tried again every 200 ms, and each attempt has a second at most.
    /// </param>
    /// <param name="options">How it is used; null for the defaults.</param>
    public RedisSocketIOBackplane(ConfigurationOptions configuration, RedisSocketIOOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        _options = options ?? new();
        _channel = RedisChannel.Literal(_options.Channel);
        _configuration = configuration.Clone();
        _configuration.AbortOnConnectFail = false;
        _configuration.BacklogPolicy = BacklogPolicy.FailFast;
        _configuration.ReconnectRetryPolicy = new LinearRetry((int)_retryDelay.TotalMilliseconds);
        _configuration.HeartbeatInterval = TimeSpan.FromMilliseconds(250);
        _configuration.ConnectTimeout = Math.Min(_configuration.ConnectTimeout, 1000);
    }

    /// <inheritdoc/>
    public override bool IsConnected => Volatile.Read(ref _connection)?.IsConnected == true;

    /// <inheritdoc/>
    public override void Start(ISocketIOBackplaneReceiver receiver)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        if (Interlocked.CompareExchange(ref _receiver, receiver, null) is not null)
            throw new InvalidOperationException("Another server has this backplane. Each needs one of its own.");
        Restart();
    }

    /// <inheritdoc/>
    public override void Publish(ReadOnlyMemory<byte> message)
    {
        if (Volatile.Read(ref _connection) is not { IsConnected: true } connection)
            _receiver!.ReportLost(null);
        else if (Interlocked.Add(ref _pending, message.Length) <= _options.MaxPendingBytes)
            _ = PublishAsync(connection, message);
        else
            Lose(message, new TimeoutException($"More than {_options.MaxPendingBytes} bytes wait for Redis."));
    }

    /// <inheritdoc/>
    public override void Restart()
    {
        int number;
        lock (_lock)
        {
            if (_isClosed)
                return;
            number = ++_number;
        }

        // The first step of a connection may take its time.
        _ = Task.Run(() => OpenAsync(number));
    }

    /// <inheritdoc/>
    public override void Close()
    {
        ConnectionMultiplexer? connection;
        lock (_lock)
        {
            _isClosed = true;
            _number++;
            connection = _connection;
            _connection = null;
        }

        if (connection is not null)
            _ = EndAsync(connection);
    }

    /// <summary>Makes the connection of a number the one that is used, until there is a later one.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever goes wrong, the next attempt may go well.")]
    private async Task OpenAsync(int number)
    {
        while (IsCurrent(number))
        {
            try
            {
                ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(_configuration).ConfigureAwait(false);
                if (!Use(number, connection))
                    return;
                await SubscribeAsync(number, connection).ConfigureAwait(false);
                return;
            }
            catch (Exception)
            {
                await Task.Delay(_retryDelay).ConfigureAwait(false);
            }
        }
    }

    private async Task SubscribeAsync(int number, ConnectionMultiplexer connection)
    {
        while (IsCurrent(number))
        {
            try
            {
                ChannelMessageQueue messages = await connection.GetSubscriber().SubscribeAsync(_channel).ConfigureAwait(false);
                messages.OnMessage(message => Receive(number, message.Message));
                return;
            }
            catch (RedisException)
            {
                await Task.Delay(_retryDelay).ConfigureAwait(false);
            }
        }
    }

    /// <returns>False if there is a later one already, or no one is wanted any more.</returns>
    private bool Use(int number, ConnectionMultiplexer connection)
    {
        ConnectionMultiplexer? former = connection;
        lock (_lock)
        {
            if (number == _number)
                (former, _connection) = (_connection, connection);
        }

        if (former is not null)
            _ = EndAsync(former);
        return former != connection;
    }

    private bool IsCurrent(int number)
    {
        lock (_lock)
            return number == _number;
    }

    private void Receive(int number, RedisValue message)
    {
        lock (_receiving)
        {
            if (IsCurrent(number))
                _receiver!.Receive(message);
        }
    }

    /// <summary>Up to its first wait it runs at once, so that the order is that of the calls.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "It is reported.")]
    private async Task PublishAsync(ConnectionMultiplexer connection, ReadOnlyMemory<byte> message)
    {
        try
        {
            await connection.GetSubscriber().PublishAsync(_channel, message).ConfigureAwait(false);
            Interlocked.Add(ref _pending, -message.Length);
        }
        catch (Exception e)
        {
            Lose(message, e);
        }
    }

    private void Lose(ReadOnlyMemory<byte> message, Exception reason)
    {
        Interlocked.Add(ref _pending, -message.Length);
        _receiver!.ReportLost(reason);
    }

    [SuppressMessage("Design", "CA1031", Justification = "It is not used any more, whatever its end is like.")]
    private static async Task EndAsync(ConnectionMultiplexer connection)
    {
        try
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // It was lost before.
        }
    }
}
