// What the server sends is handled one after the other: that the client is in, each event, that it is not any more. Handlers may be added
// at any time.

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
    /// <summary>How many events wait for a reader of <see cref="ReadAllAsync"/> before others wait too.</summary>
    private const int ReaderCapacity = 256;

    /// <summary>Which connect handlers this code belongs to: what they emit goes first.</summary>
    private static readonly AsyncLocal<Greeting?> _greeting = new();

    private readonly ConcurrentDictionary<string, Func<SocketIOReceived, Task<object?[]?>>> _handlers = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private Func<SocketIOClientNamespace, Task>[] _connected = [];
    private Func<SocketIOLoss, Task>[] _disconnected = [];
    private Func<SocketIOReceived, Task>[] _any = [];
    private (string? Name, Channel<SocketIOReceived> Channel)[] _readers = [];
    private SerialWorker? _worker;

    /// <summary>How many enumerations of events there are.</summary>
    internal int ReaderCount => Volatile.Read(ref _readers).Length;

    private SerialWorker Worker =>
        LazyInitializer.EnsureInitialized(ref _worker, () => new SerialWorker(Client.Driver.Options.HandlerContext));

    /// <summary>
    /// Handles an event. When the handler has ended, the server gets an empty answer, if it waits for one and none was given. After a
    /// handler that throws it gets none.
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

    /// <summary>Handles all events, before those that are for one.</summary>
    /// <param name="handler">The handler; one more is called after those before.</param>
    /// <returns>This namespace.</returns>
    public SocketIOClientNamespace OnAny(Func<SocketIOReceived, Task> handler) => Append(ref _any, handler);

    /// <summary>
    /// Is called each time that the client is in, before events are handled. What it emits is sent at once, before all that waits; the rest
    /// is sent when it has ended, so it must not wait for what somebody else emits.
    /// </summary>
    /// <param name="handler">The handler; one more is called after those before.</param>
    /// <returns>This namespace.</returns>
    public SocketIOClientNamespace OnConnected(Func<SocketIOClientNamespace, Task> handler) => Append(ref _connected, handler);

    /// <summary>Is called once each time that the client was in and is not any more.</summary>
    /// <param name="handler">The handler; one more is called after those before.</param>
    /// <returns>This namespace.</returns>
    public SocketIOClientNamespace OnDisconnected(Func<SocketIOLoss, Task> handler) => Append(ref _disconnected, handler);

    /// <summary>
    /// The events that come from this call on, over all connections, until the client is disposed of. A reader that does not keep up holds
    /// up the handlers of the namespace, and so does one that never begins.
    /// </summary>
    /// <param name="name">Which events; null for all.</param>
    /// <param name="cancellationToken">Ends the enumeration by an exception; nothing else is harmed.</param>
    /// <returns>To be enumerated once. At its end, or where it is left, it is forgotten.</returns>
    public IAsyncEnumerable<SocketIOReceived> ReadAllAsync(string? name = null, CancellationToken cancellationToken = default)
    {
        var channel = Channel.CreateBounded<SocketIOReceived>(ReaderCapacity);
        lock (_lock)
            _readers = [.. _readers, (name, channel)];
        return ReadAsync(channel, cancellationToken);
    }

    /// <summary>The client is in. The driver's lock is held, as for all that follow.</summary>
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
            waiter.Fail(failure ?? new SocketIOConnectException("The connection was ended."));
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
            throw new ArgumentException($"\"{name}\" never comes from a server as an event; there are On… methods for it.", nameof(name));
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

    [SuppressMessage("Design", "CA1031", Justification = "What a handler throws is the application's, which is told.")]
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
