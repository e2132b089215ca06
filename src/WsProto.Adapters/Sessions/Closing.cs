using System;
using System.Threading;

namespace WsProto.Adapters.Sessions;

/// <summary>
/// Where one session is on the way to its end, and what is known of how: the state of <see cref="CloseHandshake"/> and the result. Its lock
/// guards these fields alone, and nothing is called while it is held; so it may be taken under any other.
/// </summary>
internal sealed class Closing
{
    private readonly Lock _gate = new();
    private volatile CloseState _state;
    private WsCloseCause? _cause;
    private CloseConnection? _peer;
    private Exception? _exception;
    private volatile WsCloseResult? _result;

    /// <summary>Where it is; what a thread reads may be left behind by then, but never comes back.</summary>
    internal CloseState State => _state;

    internal bool IsOver => State >= CloseState.Over;

    /// <summary>Null until it is over.</summary>
    internal WsCloseResult? Result => _result;

    /// <summary>Whoever or whatever began to end the session; null while it is open, and while it is merely muted.</summary>
    internal WsCloseCause? Cause
    {
        get
        {
            lock (_gate)
                return _cause;
        }
    }

    /// <summary>What was thrown so far.</summary>
    internal Exception? Exception
    {
        get
        {
            lock (_gate)
                return _exception;
        }
    }

    /// <summary>Moves by a trigger. The first cause, the peer's first Close and the first exception count.</summary>
    internal (CloseState From, CloseState To) Move(
        CloseTrigger trigger, WsCloseCause? cause = null, CloseConnection? peer = null, Exception? exception = null)
    {
        lock (_gate)
        {
            CloseState from = _state;
            if (CloseHandshake.Next(from, trigger) is not { } to)
                return (from, from);
            _cause ??= cause;
            _peer ??= peer;
            _exception ??= exception;
            if (to == CloseState.Over)
                _result = Decide(CloseHandshake.CompletesBothCloses(from, trigger));
            _state = to;
            return (from, to);
        }
    }

    /// <summary>Notes what was thrown, before the trigger that it brings about. Once it is over, nothing is noted.</summary>
    internal void Note(Exception exception)
    {
        lock (_gate)
        {
            if (_state < CloseState.Over)
                _exception ??= exception;
        }
    }

    /// <summary>For those who ask too late, with all that is known now.</summary>
    internal WsClosedException ToException()
    {
        lock (_gate)
            return new WsClosedException(_peer ?? new CloseConnection(CloseCode.AbnormalClosure), _cause ?? WsCloseCause.Lost, _exception);
    }

    private WsCloseResult Decide(bool both) => new()
    {
        Code = _peer?.Code ?? CloseCode.AbnormalClosure,
        Reason = _peer?.Reason,
        Error = _peer?.Error,
        Cause = _cause ?? WsCloseCause.Lost,
        IsClean = both && _peer is { Error: null },
        Exception = _exception,
    };
}
