// What the server sends is handled in order: that the client is connected, each event, that it is disconnected. Handlers may be added at
// any time.

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using WsProto.SocketIO.Client.Hosting;

namespace WsProto.SocketIO.Client;

public sealed partial class SocketIOClientNamespace
{
    /// <summary>The maximum number of events that wait for a reader of <see cref="ReadAllAsync"/>. Then later events wait too.</summary>
    private const int ReaderCapacity = 256;

    /// <summary>The run of connect handlers to which the current code belongs. What they emit is sent first.</summary>
    private static readonly AsyncLocal<Greeting?> _greeting = new();

    private readonly ConcurrentDictionary<string, Func<SocketIOReceived, Task<object?[]?>>> _handlers = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private Func<SocketIOClientNamespace, Task>[] _connected = [];
    private Func<SocketIOLoss, Task>[] _disconnected = [];
    private Func<SocketIOReceived, Task>[] _any = [];
    private (string? Name, Channel<SocketIOReceived> Channel)[] _readers = [];
    private SerialWorker? _worker;

    /// <summary>The number of enumerations of events.</summary>
    internal int ReaderCount => Volatile.Read(ref _readers).Length;

    private SerialWorker Worker =>
        LazyInitializer.EnsureInitialized(ref _worker, () => new SerialWorker(Client.Driver.Options.HandlerContext));

    /// <summary>
    /// Adds a handler of an event. If the server expects an acknowledgement and the handler gave none, an empty one is sent when the
    /// handler has completed; none is sent if it throws.
    /// </summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="handler">The handler.</param>
    /// <returns>This namespace.</returns>
    /// <exception cref="ArgumentException">The event has a handler already, or its name is reserved.</exception>
    public SocketIOClientNamespace On(string name, Func<SocketIOReceived, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Add(name, async e =>
        {
            await handler(e).ConfigureAwait(true);
            return [];
        });
    }

    /// <summary>Adds a handler of all events, which runs before the handler of the event.</summary>
    /// <param name="handler">The handler. Several run in the order in which they were added.</param>
    /// <returns>This namespace.</returns>
    public SocketIOClientNamespace OnAny(Func<SocketIOReceived, Task> handler) => Append(ref _any, handler);

    /// <summary>Adds a handler that is called each time the client has connected, before events are handled.</summary>
    /// <param name="handler">The handler. Several run in the order in which they were added.</param>
    /// <returns>This namespace.</returns>
    /// <remarks>
    /// What it emits is sent at once, before all that waits. Other emits are sent when it has completed, so it must not wait for them.
    /// </remarks>
    public SocketIOClientNamespace OnConnected(Func<SocketIOClientNamespace, Task> handler) => Append(ref _connected, handler);

    /// <summary>Adds a handler that is called once each time the client is disconnected.</summary>
    /// <param name="handler">The handler. Several run in the order in which they were added.</param>
    /// <returns>This namespace.</returns>
    public SocketIOClientNamespace OnDisconnected(Func<SocketIOLoss, Task> handler) => Append(ref _disconnected, handler);

    /// <summary>Reads the events that are received after this call, over all connections, until the client is disposed of.</summary>
    /// <param name="name">The name of the events; null for all events.</param>
    /// <param name="cancellationToken">
    /// Ends the enumeration with an <see cref="OperationCanceledException"/>. The client stays connected.
    /// </param>
    /// <returns>The events, to be enumerated once.</returns>
    /// <remarks>
    /// Up to 256 events wait for the reader. A reader that is slower, or does not begin, delays the handlers of the namespace. The end of
    /// the enumeration removes the reader.
    /// </remarks>
    public IAsyncEnumerable<SocketIOReceived> ReadAllAsync(string? name = null, CancellationToken cancellationToken = default)
    {
        var channel = Channel.CreateBounded<SocketIOReceived>(ReaderCapacity);
        lock (_lock)
            _readers = [.. _readers, (name, channel)];
        return ReadAsync(channel, cancellationToken);
    }

    /// <summary>Handles that the client is connected. The caller holds the lock of the driver, as for all methods that follow.</summary>
    internal void Joined(NamespaceJoined joined)
    {
        Recovered = joined.Recovered;
        foreach (JoinWaiter waiter in Waiters)
            waiter.Succeed();
        Worker.Add(() => GreetAsync(joined));
    }

    internal void Refused(NamespaceRefused refused)
    {
        if (refused.Delay is null)
        {
            foreach (JoinWaiter waiter in Waiters)
            {
                waiter.Fail(new SocketIOJoinException(refused.Message, AuthFailure)
                {
                    Kind = refused.Kind,
                    Namespace = Name,
                    Details = refused.Data,
                });
            }
        }

        AuthFailure = null;
    }

    internal void Lost(NamespaceLost lost)
    {
        var loss = new SocketIOLoss(lost.Reason, lost.Failure, lost.ComesBack);
        Worker.Add(() => RunAllAsync(Volatile.Read(ref _disconnected), handler => handler(loss)));
    }

    internal void GaveUp(SocketIOConnectException? failure)
    {
        foreach (JoinWaiter waiter in Waiters)
            waiter.Fail(failure ?? new SocketIOConnectException("The client was disconnected."));
    }

    internal void Arrived(EventArrived arrived, long size) => Worker.Add(() => HandleAsync(new SocketIOReceived(this, arrived), size));

    private async IAsyncEnumerable<SocketIOReceived> ReadAsync(
        Channel<SocketIOReceived> channel, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration ending = Client.Driver.Disposed.UnsafeRegister(
            static state => ((ChannelWriter<SocketIOReceived>)state!).TryComplete(), channel.Writer);
        try
        {
            await foreach (SocketIOReceived e in channel.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                yield return e;
        }
        finally
        {
            lock (_lock)
                _readers = Array.FindAll(_readers, reader => reader.Channel != channel);
            channel.Writer.TryComplete();
        }
    }

    private SocketIOClientNamespace Add(string name, Func<SocketIOReceived, Task<object?[]?>> handler)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (SocketIODecoder.IsReserved(name))
        {
            throw new ArgumentException(
                $"\"{name}\" is reserved, so servers never send it as an event. Use the On… methods for it.", nameof(name));
        }

        if (!_handlers.TryAdd(name, handler))
            throw new ArgumentException($"The event \"{name}\" has a handler already.", nameof(name));
        return this;
    }

    private SocketIOClientNamespace Append<T>(ref T[] handlers, T handler)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(handler);
        lock (_lock)
            Volatile.Write(ref handlers, [.. handlers, handler]);
        return this;
    }

    private async Task GreetAsync(NamespaceJoined joined)
    {
        var greeting = new Greeting(this);
        _greeting.Value = greeting;
        await RunAllAsync(Volatile.Read(ref _connected), handler => handler(this)).ConfigureAwait(false);
        greeting.End();
        Client.Driver.Release(joined);
    }

    private async Task HandleAsync(SocketIOReceived e, long size)
    {
        foreach ((string? name, Channel<SocketIOReceived> channel) in Volatile.Read(ref _readers))
        {
            if (name is null || name == e.Name)
                await WriteAsync(channel.Writer, e).ConfigureAwait(false);
        }

        await RunAllAsync(Volatile.Read(ref _any), handler => handler(e), e).ConfigureAwait(false);
        if (_handlers.TryGetValue(e.Name, out Func<SocketIOReceived, Task<object?[]?>>? own))
            await RunAsync(async () => e.Answer(await own(e).ConfigureAwait(true)), e).ConfigureAwait(false);
        Client.Driver.RemoveBacklog(size);
    }

    private static async Task WriteAsync(ChannelWriter<SocketIOReceived> writer, SocketIOReceived e)
    {
        try
        {
            await writer.WriteAsync(e, CancellationToken.None).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            // Nobody reads any more.
        }
    }

    private async Task RunAllAsync<T>(T[] handlers, Func<T, Task> run, SocketIOReceived? e = null)
    {
        foreach (T handler in handlers)
            await RunAsync(() => run(handler), e).ConfigureAwait(false);
    }

    [SuppressMessage("Design", "CA1031", Justification = "It is reported to the application.")]
    private async Task RunAsync(Func<Task> handler, SocketIOReceived? e)
    {
        try
        {
            await Worker.RunAsync(handler).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Client.Driver.Tell(exception, e);
        }
    }
}
