// How messages become frames: under the lock what goes as it is, without it what an extension transforms.

using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Sessions;

internal sealed partial class SendQueue
{
    /// <summary>As long as the receiver has more messages at hand, what it sends waits for company up to this many bytes.</summary>
    private const int WorthWriting = 32 * 1024;

    /// <summary>
    /// From how many bytes on a payload is written from where it lies, where the core lets it be: then the sender waits until it is
    /// written. Below that a copy costs less than a write for the header alone.
    /// </summary>
    private const int ZeroCopyThreshold = 256 * 1024;

    /// <summary>Null where no extension transforms messages.</summary>
    private readonly PooledWriter? _transformed;

    /// <summary>Whether somebody encodes without the lock.</summary>
    private bool _isEncoding;

    /// <summary>Whether a frame failed half way, so that nothing can follow it.</summary>
    private bool _isHalf;

    /// <summary>
    /// Only a sender that would wait anyway lends its memory, as it waits until all is written; and only where it can be written at once,
    /// right after its header.
    /// </summary>
    private bool MayBeLent(in Outgoing message) =>
        message.IsBytes
        && message.Size >= ZeroCopyThreshold
        && !Writer.IsWriting
        && _options.SendOverflow == SendOverflow.Wait
        && _half.CanSendFrameHeader;

    /// <summary>Encodes the header alone.</summary>
    private bool Lend(in Outgoing message, out TaskCompletionSource lent)
    {
        lent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _half.SendFrameHeader(Opcode.Binary, message.Size, Writer.Batch);
        Note(message);
        Writer.Lend(message.Data, lent);
        return Writer.TryBegin();
    }

    /// <summary>Encodes a message, or the header alone of one that is lent.</summary>
    /// <returns>False where the peer's Close was read just now.</returns>
    private bool TryEncode(in Outgoing message, bool mayLend, ref TaskCompletionSource? lent, out bool writes)
    {
        writes = false;
        try
        {
            if (mayLend && MayBeLent(message))
            {
                writes = Lend(message, out lent);
                return true;
            }

            Encode(message);
        }
        catch (LocalProtocolException) when (_half.IsClosing)
        {
            return false;
        }

        if (HasWaiting)
            EncodeWaiting();
        writes = ShouldWrite() && Writer.TryBegin();
        return true;
    }

    /// <summary>
    /// Whether the caller is to write. The receiver that has more messages at hand will soon send more, so its bytes wait until it has
    /// none, or waits for something, and the loop that it runs in goes on.
    /// </summary>
    private bool ShouldWrite() => !_session.Reader.IsCalledByBusyReceiver || Writer.Batch.Count >= WorthWriting || !HasRoom;

    private void Encode(in Outgoing message)
    {
        int start = Writer.Batch.Count;
        try
        {
            _half.Send(message, _isInFragments, Writer.Batch);
        }
        catch (Exception e) when (NoteFailure(e, start))
        {
            throw;
        }

        Note(message);
    }

    /// <summary>A frame that failed half way is taken back; what the core knows of it cannot be, so nothing follows it.</summary>
    /// <returns>False: nothing is caught.</returns>
    private bool NoteFailure(Exception e, int start)
    {
        if (Writer.Batch.Count == start)
            return false;
        Writer.Batch.Truncate(start);
        BreakBy(e);
        return false;
    }

    private void BreakBy(Exception e)
    {
        _isHalf = true;
        ThreadPool.UnsafeQueueUserWorkItem(
            static broken => broken.Session.Break(broken.Fault), (Session: _session, Fault: e), preferLocal: false);
    }

    /// <summary>After a message was encoded.</summary>
    private void Note(in Outgoing message)
    {
        if (message.Kind != OutgoingKind.Control)
        {
            (_isInFragments, _openStream) = (message.LeavesOpen, message.LeavesOpen ? message.Stream : null);
            _isFilledByStream |= message.Stream is not null;
        }
        else if (message.Event is Ping ping)
        {
            _session.Liveness.NotePing(ping);
        }

        Writer.Count(message.Count);
        if (_session.IsObserved)
            _session.Post(WsDirection.Sent, message.ToEvent());
    }

    /// <summary>Encodes a message without the lock, by the right to encode, and then what waits.</summary>
    /// <returns>False where the peer's Close was read just now.</returns>
    private bool TryTransform(in Outgoing message)
    {
        bool isSent = false;
        try
        {
            EncodeApart(message);
            isSent = true;
        }
        catch (LocalProtocolException) when (_half.IsClosing)
        {
        }
        finally
        {
            EndEncoding();
            // However it went with this message, what has waited for the encoder goes out.
            if (!isSent)
            {
                ShowEncoded();
                Flush();
            }
        }

        if (!isSent)
            return false;
        Conclude(writes: false, message);
        Flush();
        return true;
    }

    private void TransformWaiting()
    {
        while (TakeWaiting() is { } send)
            TransformWaiting(send);
        EndEncoding();
        if (_session.IsObserved)
            _session.ShowPosted();
        Flush();
    }

    [SuppressMessage("Design", "CA1031", Justification = "It goes to whoever sent the message.")]
    private void TransformWaiting(WaitingSend send)
    {
        try
        {
            EncodeApart(send.Message);
            CountLater(send.Message);
            send.Completion?.TrySetResult();
        }
        catch (Exception e)
        {
            send.Completion?.TrySetException(Explain(e));
        }
    }

    private WaitingSend? TakeWaiting()
    {
        lock (_gate)
        {
            if (NextWaiting() is not { } node)
                return null;
            Dequeue(node);
            return node.Value;
        }
    }

    private void EncodeApart(in Outgoing message)
    {
        bool isEncoded = false;
        try
        {
            _half.Send(message, _isInFragments, _transformed!);
            isEncoded = true;
        }
        catch (Exception e) when (NoteFailureApart(e))
        {
            throw;
        }
        finally
        {
            if (!isEncoded)
                _transformed!.Release();
        }

        lock (_gate)
        {
            Writer.Batch.TakeOver(_transformed!);
            Note(message);
        }
    }

    private bool NoteFailureApart(Exception e)
    {
        if (_transformed!.Count > 0)
        {
            lock (_gate)
                BreakBy(e);
        }

        return false;
    }

    /// <summary>Gives the right to encode back, and does what waited for it.</summary>
    private void EndEncoding()
    {
        lock (_gate)
        {
            _isEncoding = false;
            if (_waitingClose is { } close)
            {
                // The state is that of the Close already, but for the connection of the core.
                EncodeAllAccepted();
                _waitingClose = null;
                TryEncodeClose(close);
                FailWaiting();
            }

            Refill();
        }
    }

    private void EncodeAllAccepted()
    {
        while (_waiting?.First is { } node && !_isInFragments)
            EncodeWaiting(node);
    }
}
