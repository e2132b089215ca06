// The end of a session, after both Closes or without them: the transport is closed, what was lent comes back, and the end is announced.

using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Tasks;
using WsProto.Adapters.Sessions;

namespace WsProto.Adapters;

public sealed partial class WsSession
{
    private void CancelTransport()
    {
        try
        {
            _abort.Cancel();
        }
        catch (AggregateException e)
        {
            // Of a transport, by what it does when its token is cancelled.
            _closing.Note(e);
        }
    }

    /// <summary>
    /// "The underlying TCP connection, in most normal cases, SHOULD be closed first by the server", and a client waits for that; in a clean
    /// way, by ending one's own direction and reading on until the peer has ended the other (RFC 6455 §7.1.1).
    /// </summary>
    [SuppressMessage("Design", "CA1031", Justification = "The end comes whatever a transport, a meter or an extension throws.")]
    private async Task TearDownAsync()
    {
        try
        {
            await EndTransportAsync().ConfigureAwait(false);
            CancelTransport();
            SendQueue.Break();
            await Reader.ReclaimAsync().ConfigureAwait(false);
            Task disposal = DisposeTransportAsync();
            // A read or write that is pending ends before the end is announced, as whoever owns what lies below may use it again. On the
            // system's clock, as made-up time may stand still, and a transport that heeds neither token nor disposal would hold the end up.
            await Task.WhenAny(Task.WhenAll(disposal, Reader.Ended), Task.Delay(_endOfRead)).ConfigureAwait(false);
            SendQueue.Writer.Release(disposal.IsCompleted);
            Liveness.Dispose();
            await SendQueue.QuietAsync().ConfigureAwait(false);
            if (Reader.Ended.IsCompleted)
                _receiving.Dispose();
            Reader.EndInput();
            Telemetry.Closed(Role, _isCounted, _closing.Result!);
        }
        catch (Exception e)
        {
            _closing.Note(e);
        }
        finally
        {
            _closing.Move(CloseTrigger.EndTransport);
            _ended.TrySetResult(_closing.Result!);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "The end comes all the same.")]
    private async Task EndTransportAsync()
    {
        try
        {
            await SendQueue.Writer.IdleAsync().WaitAsync(_aborted).ConfigureAwait(false);
            bool completes = _transport.CanCompleteWrites;
            if (Role == ConnectionRole.Server && completes && !SendQueue.Writer.IsBroken)
                await _transport.CompleteWritesAsync(_aborted).AsTask().LimitAsync(_aborted).ConfigureAwait(false);
            if (Role == ConnectionRole.Client || completes)
                await Reader.Ended.WaitAsync(_aborted).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Whatever a transport throws when it is closed no longer matters.
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a transport throws when it is closed no longer matters.")]
    private async Task DisposeTransportAsync()
    {
        try
        {
            await _transport.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // It is gone either way.
        }
    }

    /// <summary>Not on this thread, which the work that it ends would hold.</summary>
    private void NoteEnding()
    {
        if (!_ending.IsCancellationRequested)
            _ = CancelEndingAsync();
    }

    private async Task CancelEndingAsync()
    {
        try
        {
            await _ending.CancelAsync().ConfigureAwait(false);
        }
        catch (AggregateException e)
        {
            // Of the application, by what it does when the token is cancelled.
            _closing.Note(e);
        }
    }
}
