using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Sessions;

/// <summary>
/// A transport during the opening handshake: each operation waits no longer than the handshake may take, and none throws.
/// </summary>
internal sealed class HandshakeTransport : IDisposable
{
    private readonly WsTransport _transport;
    private readonly TimeSpan _timeout;
    private readonly CancellationTokenSource _timer;
    private readonly CancellationTokenSource _limit;
    private readonly CancellationToken _caller;
    private Exception? _cause;

    internal HandshakeTransport(WsTransport transport, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        _transport = transport;
        _timeout = timeout;
        _caller = cancellationToken;
        _timer = new CancellationTokenSource(timeout, time);
        _limit = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, cancellationToken);
    }

    /// <summary>Cancelled when the time is over or the caller gives up.</summary>
    internal CancellationToken Limit => _limit.Token;

    internal WsTransport Inner => _transport;

    internal bool CanCompleteWrites => _transport.CanCompleteWrites;

    internal bool IsTimeOver => _timer.IsCancellationRequested;

    /// <summary>What an operation that did not succeed means for the caller, however the transport has put it.</summary>
    internal Exception Failure =>
        _caller.IsCancellationRequested ? new OperationCanceledException("Opening the WebSocket was cancelled.", _cause, _caller)
        : IsTimeOver ? new TimeoutException(
            $"Opening the WebSocket took longer than {Durations.Name(_timeout)} (HandshakeTimeout).",
            _cause)
        : new WsHandshakeException("The transport failed during the handshake: " + _cause?.Message, _cause);

    /// <summary>Reads.</summary>
    /// <returns>How many bytes; 0 for the end; -1 for a failure.</returns>
    internal async ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        Task<int>? reading = Begin(() => _transport.ReadAsync(buffer, Limit).AsTask());
        return reading is not null && await SucceedsAsync(reading).ConfigureAwait(false) ? await reading.ConfigureAwait(false) : -1;
    }

    /// <summary>Writes.</summary>
    /// <returns>Whether it succeeded.</returns>
    internal async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data) =>
        Begin(() => _transport.WriteAsync(data, Limit).AsTask()) is { } writing && await SucceedsAsync(writing).ConfigureAwait(false);

    /// <summary>Ends the writes.</summary>
    /// <returns>Whether it succeeded.</returns>
    internal async ValueTask<bool> CompleteWritesAsync() =>
        Begin(() => _transport.CompleteWritesAsync(Limit).AsTask()) is { } ending && await SucceedsAsync(ending).ConfigureAwait(false);

    /// <summary>Disposes of the transport. What it throws does not matter any more, nor is it waited for for long.</summary>
    internal async ValueTask AbandonAsync()
    {
        if (Begin(() => _transport.DisposeAsync().AsTask()) is { } disposing)
            await disposing.EndsBeforeAsync(Limit).ConfigureAwait(false);
        // An exception that nobody asked for is observed.
    }

    public void Dispose()
    {
        _limit.Dispose();
        _timer.Dispose();
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a transport throws, the handshake has failed.")]
    private T? Begin<T>(Func<T> operation)
        where T : Task
    {
        try
        {
            return operation();
        }
        catch (Exception e)
        {
            _cause = e;
            return null;
        }
    }

    private async ValueTask<bool> SucceedsAsync(Task operation)
    {
        if (!await operation.EndsBeforeAsync(Limit).ConfigureAwait(false))
            return false;
        if (operation.IsCompletedSuccessfully)
            return true;
        _cause = operation.Exception?.InnerException ?? new OperationCanceledException("The transport was broken off.");
        return false;
    }
}
