// What this server publishes waits in a queue until the stream has stored it, one message after the other, so that the order is kept even
// if a message is sent again. The stream recognizes a message by its id, and stores it once. This server reads the stream from its last
// position, even after the connection was lost.

using System;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace WsProto.SocketIO.Nats;

/// <summary>A backplane that connects servers through a stream of NATS (JetStream).</summary>
/// <remarks>
/// If a server cannot reach NATS for a while, or NATS is restarted, no message is lost: messages are delivered afterwards, once each and in
/// the order of each sender. <see cref="NatsSocketIOOptions.MaxAge"/> and <see cref="NatsSocketIOOptions.MaxPendingBytes"/> are the limits.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "The server closes the backplane, which ends the connection.")]
[DebuggerDisplay("{_options.Subject}")]
public sealed class NatsSocketIOBackplane : SocketIOBackplane
{
    /// <summary>The error code JSStreamMessageExceedsMaximumErr of NATS.</summary>
    private const int MessageTooLarge = 10054;

    private static readonly TimeSpan _retryDelay = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();

    /// <summary>Held while the receiver is called, so that calls do not overlap.</summary>
    private readonly Lock _receiving = new();
    private readonly NatsOpts _nats;
    private readonly NatsSocketIOOptions _options;
    private readonly Outbox _outbox;
    private ISocketIOBackplaneReceiver? _receiver;
    private CancellationTokenSource _reading = new();
    private NatsConnection? _connection;

    /// <summary>The sequence number of the next message to read; 0 before the first connection.</summary>
    private ulong _next;
    private bool _isClosed;

    /// <summary>Creates a backplane for one server.</summary>
    /// <param name="address">The address of NATS, for example <c>nats://localhost:4222</c>.</param>
    /// <param name="options">The options; null for the defaults.</param>
    public NatsSocketIOBackplane(string address, NatsSocketIOOptions? options = null)
        : this(NatsOpts.Default with { Url = address }, options)
    {
    }

    /// <summary>Creates a backplane for one server, with options of the NATS client.</summary>
    /// <param name="nats">
    /// The options of the connection, which belongs to the backplane. Its reconnection settings are replaced: it reconnects without end,
    /// after 100 ms to 500 ms.
    /// </param>
    /// <param name="options">The options; null for the defaults.</param>
    public NatsSocketIOBackplane(NatsOpts nats, NatsSocketIOOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(nats);
        _options = options ?? new();
        _nats = nats with
        {
            MaxReconnectRetry = -1,
            ReconnectWaitMin = TimeSpan.FromMilliseconds(100),
            ReconnectWaitMax = TimeSpan.FromMilliseconds(500),
        };
        _outbox = new Outbox(_options, SendAsync, IsRefusal);
    }

    /// <inheritdoc/>
    public override bool IsConnected => Volatile.Read(ref _connection)?.ConnectionState == NatsConnectionState.Open;

    /// <inheritdoc/>
    public override void Start(ISocketIOBackplaneReceiver receiver)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        if (Interlocked.CompareExchange(ref _receiver, receiver, null) is not null)
            throw new InvalidOperationException("The backplane belongs to another server. Each server needs its own.");
        _outbox.Lost = receiver.ReportLost;
        Restart();
    }

    /// <inheritdoc/>
    public override void Publish(ReadOnlyMemory<byte> message) => _outbox.Add(message);

    /// <inheritdoc/>
    public override void Restart()
    {
        CancellationTokenSource former;
        CancellationToken over;
        lock (_lock)
        {
            if (_isClosed)
                return;
            former = _reading;
            _reading = new CancellationTokenSource();
            over = _reading.Token;
        }

        _ = former.CancelAsync();
        _ = Task.Run(() => ReadAsync(over), CancellationToken.None);
    }

    /// <inheritdoc/>
    public override void Close()
    {
        lock (_lock)
            _isClosed = true;
        _ = CloseAsync();
    }

    private async Task CloseAsync()
    {
        await _outbox.CloseAsync().ConfigureAwait(false);
        await _reading.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>Reads on one connection after the other, until it is cancelled.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever fails, there is another attempt.")]
    private async Task ReadAsync(CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            var connection = new NatsConnection(_nats);
            try
            {
                await ReadAsync(connection, over).ConfigureAwait(false);
            }
            catch (Exception)
            {
                await Task.Delay(_retryDelay, CancellationToken.None).ConfigureAwait(false);
            }
            finally
            {
                Interlocked.CompareExchange(ref _connection, null, connection);
                // Closing a connection that is lost may take time.
                _ = connection.DisposeAsync().AsTask();
            }
        }
    }

    private async Task ReadAsync(NatsConnection connection, CancellationToken over)
    {
        await connection.ConnectAsync().AsTask().WaitAsync(over).ConfigureAwait(false);
        var context = new NatsJSContext(connection);
        StreamInfo stream = await FindStreamAsync(context, over).ConfigureAwait(false);
        ulong end = stream.State.LastSeq + 1;
        lock (_receiving)
        {
            // A stream that was created again begins at 1.
            if (_next == 0)
                _next = end;
            else if (_next > end)
                _next = 1;
        }

        INatsJSConsumer consumer = await context.CreateOrderedConsumerAsync(
            _options.Stream,
            new NatsJSOrderedConsumerOpts { DeliverPolicy = ConsumerConfigDeliverPolicy.ByStartSequence, OptStartSeq = _next },
            over).ConfigureAwait(false);
        Volatile.Write(ref _connection, connection);
        _outbox.Resume();
        await foreach (NatsJSMsg<byte[]> message in consumer
            .ConsumeAsync(NatsRawSerializer<byte[]>.Default, cancellationToken: over).ConfigureAwait(false))
        {
            Receive(message, over);
        }
    }

    private async Task<StreamInfo> FindStreamAsync(NatsJSContext context, CancellationToken over)
    {
        try
        {
            return (await context.GetStreamAsync(_options.Stream, cancellationToken: over).ConfigureAwait(false)).Info;
        }
        catch (NatsJSApiException e) when (e.Error.Code == 404)
        {
            var config = new StreamConfig(_options.Stream, [_options.Subject])
            {
                MaxAge = _options.MaxAge,
                MaxBytes = 256 << 20,
                DuplicateWindow = _options.MaxAge < TimeSpan.FromMinutes(2) ? _options.MaxAge : TimeSpan.FromMinutes(2),
            };
            return (await context.CreateStreamAsync(config, over).ConfigureAwait(false)).Info;
        }
    }

    private void Receive(NatsJSMsg<byte[]> message, CancellationToken over)
    {
        ulong number = message.Metadata?.Sequence.Stream ?? 0;
        lock (_receiving)
        {
            // A former reader may still have messages, and messages must not be delivered twice. A closed backplane still publishes, but
            // delivers nothing.
            if (over.IsCancellationRequested || number < _next || Volatile.Read(ref _isClosed))
                return;
            _next = number + 1;
            _receiver!.Receive(message.Data);
        }
    }

    /// <summary>Whether a message is refused however often it is sent, because it is too large for the broker or the stream.</summary>
    private static bool IsRefusal(Exception reason) =>
        reason is NatsPayloadTooLargeException or NatsJSApiException { Error.ErrCode: MessageTooLarge };

    /// <summary>Publishes a message to the stream, and waits until it is stored.</summary>
    private async Task SendAsync(string id, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        NatsConnection connection = Volatile.Read(ref _connection) ?? throw new InvalidOperationException("There is no connection.");
        PubAckResponse ack = await new NatsJSContext(connection).PublishAsync(
            _options.Subject,
            message,
            NatsRawSerializer<ReadOnlyMemory<byte>>.Default,
            new NatsJSPubOpts { MsgId = id },
            cancellationToken: cancellationToken).ConfigureAwait(false);
        // A duplicate was stored before; its acknowledgement was lost.
        if (!ack.Duplicate)
            ack.EnsureSuccess();
    }
}
