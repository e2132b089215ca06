// What this server publishes waits in a queue until the stream has taken it, one message after the other, so that the order is kept however
// often one is sent again; the stream knows each by an id and takes it once. What the stream has, this server reads from where it was, on
// however many connections one after the other.

using System;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace WsProto.SocketIO.Nats;

/// <summary>
/// Makes servers of Socket.IO one through a stream of NATS (JetStream). A server that cannot reach NATS for a while, or a NATS that is
/// restarted, loses nothing: what was sent meanwhile comes afterwards, in the order of each sender and once.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The server closes it, which ends the connection.")]
[DebuggerDisplay("{_options.Subject}")]
public sealed class NatsSocketIOBackplane : SocketIOBackplane
{
    /// <summary>JSStreamMessageExceedsMaximumErr of NATS.</summary>
    private const int MessageTooLarge = 10054;

    private static readonly TimeSpan _retryDelay = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();

    /// <summary>Held while the receiver is called, so that it is called once at a time.</summary>
    private readonly Lock _receiving = new();
    private readonly NatsOpts _nats;
    private readonly NatsSocketIOOptions _options;
    private readonly Outbox _outbox;
    private ISocketIOBackplaneReceiver? _receiver;
    private CancellationTokenSource _reading = new();
    private NatsConnection? _connection;

    /// <summary>The number in the stream of the next message to read; 0 before the first connection.</summary>
    private ulong _next;
    private bool _isClosed;

    /// <summary>Makes one.</summary>
    /// <param name="address">Where NATS is, as <c>nats://localhost:4222</c>.</param>
    /// <param name="options">How it is used; null for the defaults.</param>
    public NatsSocketIOBackplane(string address, NatsSocketIOOptions? options = null)
        : this(NatsOpts.Default with { Url = address }, options)
    {
    }

    /// <summary>Makes one of options of the client of NATS.</summary>
    /// <param name="nats">
    /// Where NATS is. The connection is one of its own; what it says of reconnection is replaced: a lost one is tried again after 100 ms to
    /// 500 ms.
    /// </param>
    /// <param name="options">How it is used; null for the defaults.</param>
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
            throw new InvalidOperationException("Another server has this backplane. Each needs one of its own.");
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

    /// <summary>Reads, on one connection after the other, until there is a later reader.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever goes wrong, the next attempt may go well.")]
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
                // A connection that is dead may take its time to end.
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
            // A stream that was made anew begins again.
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
            // A former reader may still have something, what was read is not read again, and what is closed reads on while it publishes.
            if (over.IsCancellationRequested || number < _next || Volatile.Read(ref _isClosed))
                return;
            _next = number + 1;
            _receiver!.Receive(message.Data);
        }
    }

    /// <summary>Whether a message would be refused however often it is sent: it is too large for the broker, or for the stream.</summary>
    private static bool IsRefusal(Exception reason) =>
        reason is NatsPayloadTooLargeException or NatsJSApiException { Error.ErrCode: MessageTooLarge };

    /// <summary>Has the stream take a message.</summary>
    private async Task SendAsync(string id, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        NatsConnection connection = Volatile.Read(ref _connection) ?? throw new InvalidOperationException("There is no connection.");
        PubAckResponse ack = await new NatsJSContext(connection).PublishAsync(
            _options.Subject,
            message,
            NatsRawSerializer<ReadOnlyMemory<byte>>.Default,
            new NatsJSPubOpts { MsgId = id },
            cancellationToken: cancellationToken).ConfigureAwait(false);
        // A duplicate was taken before, and the answer was lost.
        if (!ack.Duplicate)
            ack.EnsureSuccess();
    }
}
