// One connection to Redis. StackExchange.Redis renews it when it is lost, and Restart when it seems alive but is not. Each connection has a
// number, and messages of an older one are ignored, so that no message is delivered twice.

using System;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;
using StackExchange.Redis;

namespace WsProto.SocketIO.Redis;

/// <summary>
/// A backplane that connects servers through PUBLISH and SUBSCRIBE of Redis or Valkey. Servers of python-socketio 5.14 and later can use it
/// too.
/// </summary>
/// <remarks>Redis does not store messages: while a server or Redis itself is down, messages are lost for that server.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "The server closes the backplane, which ends the connection.")]
[DebuggerDisplay("{_options.Channel}")]
public sealed class RedisSocketIOBackplane : SocketIOBackplane
{
    /// <summary>The delay before another attempt to subscribe.</summary>
    private static readonly TimeSpan _retryDelay = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();

    /// <summary>Held while the receiver is called, so that calls do not overlap.</summary>
    private readonly Lock _receiving = new();
    private readonly ConfigurationOptions _configuration;
    private readonly RedisSocketIOOptions _options;
    private readonly RedisChannel _channel;
    private ISocketIOBackplaneReceiver? _receiver;
    private ConnectionMultiplexer? _connection;
    private int _number;
    private long _pending;
    private bool _isClosed;

    /// <summary>Creates a backplane for one server, from a configuration string of StackExchange.Redis.</summary>
    /// <param name="configuration">The configuration, for example <c>localhost:6379,password=…,ssl=true</c>.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentException">The configuration is invalid.</exception>
    public RedisSocketIOBackplane(string configuration, RedisSocketIOOptions? options = null)
        : this(ConfigurationOptions.Parse(configuration), options)
    {
    }

    /// <summary>Creates a backplane for one server, from a configuration of StackExchange.Redis.</summary>
    /// <param name="configuration">
    /// The configuration of the connection, which belongs to the backplane. It is copied, and some settings of the copy are replaced:
    /// messages that cannot be sent at once fail (<see cref="BacklogPolicy.FailFast"/>), and a lost connection is tried again every 200 ms,
    /// for at most a second each time.
    /// </param>
    /// <param name="options">The options; null for the defaults.</param>
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
            throw new InvalidOperationException("The backplane belongs to another server. Each server needs its own.");
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

        // Opening a connection may block for a moment.
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

    /// <summary>Opens the connection of a number, and uses it until there is a later one.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever fails, there is another attempt.")]
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

    /// <returns>False if there is a later connection, or the backplane is closed.</returns>
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

    /// <summary>Runs synchronously up to its first wait, so that messages keep the order of the calls.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "It is reported as a lost message.")]
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

    [SuppressMessage("Design", "CA1031", Justification = "The connection is no longer used, so a failure does not matter.")]
    private static async Task EndAsync(ConnectionMultiplexer connection)
    {
        try
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The connection was lost before.
        }
    }
}
