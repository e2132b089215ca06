// The emits of the application. They are sent in order once the client is connected to the namespace. Each emit ends exactly once.

using System;
using System.Collections.Generic;
using WsProto.EngineIO;

namespace WsProto.SocketIO;

public sealed partial class SocketIOClientConnection
{
    /// <summary>Emits an event. <see cref="EmitEnded"/> reports its outcome.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">The arguments. They are serialized before the method returns.</param>
    /// <param name="options">The options of this emit.</param>
    /// <param name="now">The current time.</param>
    /// <returns>The emit.</returns>
    /// <exception cref="ArgumentException">
    /// The name is reserved, or there are too many attachments. Or the number of retries is negative, the timeout is negative or more than
    /// 2^31 - 1 ms, or retries have no timeout.
    /// </exception>
    /// <exception cref="NotSupportedException">An argument has a type that the JSON options do not know.</exception>
    public SocketIOEmit Emit(string @namespace, string name, ReadOnlySpan<object?> arguments, SocketIOEmitOptions options, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(@namespace);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Retries, nameof(options));
        if (options.AckTimeout < TimeSpan.Zero || options.AckTimeout > TimeSpan.FromMilliseconds(int.MaxValue)
            || (options.Retries > 0 && options.AckTimeout is null))
        {
            throw new ArgumentException("A timeout must be from 0 to 24 days, and retries need one.", nameof(options));
        }

        ClientNamespace space = _spaces.GetValueOrDefault(@namespace) ?? new ClientNamespace(@namespace);
        bool wantsAck = options.WantsAck || options.Retries > 0;
        long? id = wantsAck ? space.NextAckId++ : null;
        var emit = new SocketIOEmit(space, _encoder.Event(@namespace, name, arguments, id), id, options, ++_serial);
        Update(now);
        Route(emit, now);
        Update(now);
        return emit;
    }

    /// <summary>Cancels an emit. If it was not sent yet, it is not sent. If it was sent, its acknowledgement is ignored.</summary>
    /// <param name="emit">The emit.</param>
    /// <param name="now">The current time.</param>
    /// <returns>False if the emit had ended before.</returns>
    public bool Cancel(SocketIOEmit emit, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(emit);
        if (emit.Outcome is not null)
            return false;
        End(emit, SocketIOEmitOutcome.Cancelled);
        SendRetried(emit.Space, now);
        Update(now);
        return true;
    }

    /// <summary>Sends the acknowledgement of an event.</summary>
    /// <param name="arrived">The event.</param>
    /// <param name="arguments">The arguments of the acknowledgement.</param>
    /// <param name="now">The current time.</param>
    /// <returns>
    /// Whether it was sent. It is not sent if the event expects none, the client was disconnected from the namespace since, or
    /// <see cref="SocketIOClientConnectionOptions.MaxUnsentBytes"/> is reached.
    /// </returns>
    /// <exception cref="ArgumentException">There are too many attachments.</exception>
    /// <exception cref="NotSupportedException">An argument has a type that the JSON options do not know.</exception>
    public bool Answer(EventArrived arrived, ReadOnlySpan<object?> arguments, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(arrived);
        Update(now);
        ClientNamespace space = _spaces[arrived.Namespace];
        if (arrived.Packet.Id is not { } id || space.State != SocketIOMembership.Connected || space.Attempt != arrived.Attempt || !HasRoom)
            return false;
        bool isSent = Session!.Send(_encoder.Ack(space.Name, id, arguments)) == SendResult.Accepted;
        Update(now);
        return isSent;
    }

    /// <summary>
    /// Sends the emits that wait for a namespace. Before, only emits with <see cref="SocketIOEmitOptions.IsFirst"/> are sent.
    /// </summary>
    /// <param name="joined">The event that reported that the client is connected.</param>
    /// <param name="now">The current time.</param>
    public void Release(NamespaceJoined joined, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(joined);
        Update(now);
        ClientNamespace space = _spaces[joined.Namespace];
        if (space.State != SocketIOMembership.Connected || space.Id != joined.Id)
            return;
        space.IsReleased = true;
        while (space.Waiting.First is { } first)
        {
            _buffer.Remove(first.Value);
            Send(first.Value, now);
        }

        SendRetried(space, now);
        Update(now);
    }

    /// <summary>Whether the session accepts more.</summary>
    private bool HasRoom => Session!.BufferedBytes < _options.MaxUnsentBytes;

    private void Route(SocketIOEmit emit, TimeSpan now)
    {
        ClientNamespace space = emit.Space;
        if (!ClientStateMachine.TakesEmits(space.State))
            End(emit, SocketIOEmitOutcome.NotConnected);
        else if (emit.Options.IsVolatile && Session?.BufferedBytes >= _options.VolatileThreshold)
            End(emit, SocketIOEmitOutcome.Dropped);
        else if (space.CanSend || (space.State == SocketIOMembership.Connected && emit.Options.IsFirst))
            SendOrRefuse(emit, now);
        else if (emit.Options.IsVolatile)
            End(emit, SocketIOEmitOutcome.Dropped);
        else
            Keep(emit, emit.IsRetried ? space.Retried : space.Waiting, now);
    }

    private void SendOrRefuse(SocketIOEmit emit, TimeSpan now)
    {
        if (emit.IsRetried)
        {
            Keep(emit, emit.Space.Retried, now);
            SendRetried(emit.Space, now);
            return;
        }

        if (!HasRoom)
        {
            End(emit, SocketIOEmitOutcome.BufferFull);
            return;
        }

        StartAckTimer(emit, now);
        Send(emit, now);
    }

    private void Keep(SocketIOEmit emit, LinkedList<SocketIOEmit> list, TimeSpan now)
    {
        bool drops = _options.BufferOverflow == SocketIOBufferOverflow.DropOldest;
        while (drops && !_buffer.HasRoomFor(emit) && Oldest(emit.Space) is { } oldest)
            End(oldest, SocketIOEmitOutcome.Dropped);
        if (!_buffer.HasRoomFor(emit))
        {
            End(emit, SocketIOEmitOutcome.BufferFull);
            return;
        }

        _buffer.Add(list, emit);
        if (!emit.IsRetried)
            StartAckTimer(emit, now);
    }

    private static SocketIOEmit? Oldest(ClientNamespace space) => (space.Waiting.First ?? space.Retried.First)?.Value;

    private void StartAckTimer(SocketIOEmit emit, TimeSpan now)
    {
        if (emit.Id is not null)
            _buffer.SetDeadline(emit, now + emit.Options.AckTimeout);
    }

    /// <summary>Passes an emit to the session.</summary>
    private void Send(SocketIOEmit emit, TimeSpan now)
    {
        if (Session!.Send(emit.Packets) == SendResult.Accepted)
        {
            emit.TimesSent++;
            if (emit.Id is { } id)
                emit.Space.Unanswered[id] = emit;
            else
                End(emit, SocketIOEmitOutcome.Sent);
            if (emit.IsRetried)
                StartAckTimer(emit, now);
            return;
        }

        foreach (Packet packet in emit.Packets)
            emit.MessageSize = Math.Max(emit.MessageSize, Session.SizeOf(packet));
        End(emit, SocketIOEmitOutcome.TooLarge);
    }

    /// <summary>Sends the first of the emits with retries, unless it was sent already.</summary>
    private void SendRetried(ClientNamespace space, TimeSpan now)
    {
        // The session may have ended without having reported it yet; then the next session sends the emit.
        while (space.CanSend && Session!.IsOpen
            && space.Retried.First?.Value is { } first && !space.Unanswered.ContainsKey(first.Id!.Value))
        {
            Send(first, now);
        }
    }

    private void TimeOut(SocketIOEmit emit, TimeSpan now)
    {
        _buffer.SetDeadline(emit, null);
        if (emit.Failed++ == emit.Options.Retries)
            End(emit, SocketIOEmitOutcome.TimedOut);
        else
            emit.Space.Unanswered.Remove(emit.Id!.Value);
        SendRetried(emit.Space, now);
    }

    /// <summary>Handles that the session was lost, and with it the pending acknowledgements.</summary>
    private void LoseAcks(ClientNamespace space)
    {
        SocketIOEmit[] lost = [.. space.Unanswered.Values];
        space.Unanswered.Clear();
        foreach (SocketIOEmit emit in lost)
        {
            _buffer.SetDeadline(emit, null);
            if (!emit.IsRetried)
                End(emit, SocketIOEmitOutcome.Disconnected);
        }
    }

    /// <summary>Drops everything that waits for a namespace to which the client will not connect.</summary>
    private void DropWaiting(ClientNamespace space)
    {
        space.ForgetEarly();
        while (Oldest(space) is { } emit)
            End(emit, SocketIOEmitOutcome.NotConnected);
    }

    private void End(SocketIOEmit emit, SocketIOEmitOutcome outcome)
    {
        _buffer.Remove(emit);
        _buffer.SetDeadline(emit, null);
        if (emit.Id is { } id)
            emit.Space.Unanswered.Remove(id);
        emit.Outcome = outcome;
        _events.Enqueue(new EmitEnded(emit));
    }
}
