using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Threading;

namespace WsProto.Adapters.Sessions;

/// <summary>
/// Shows events to the observer of the options, one at a time and in the order in which they were posted. Posting is possible under the
/// locks of a session; the observer is called without any.
/// </summary>
internal sealed class Observation(Action<WsDirection, WsEvent> observer, Action<Exception> failed)
{
    private readonly Lock _gate = new();
    private readonly Queue<(WsDirection Direction, WsEvent Event)> _posted = new();
    private bool _isShowing;
    private bool _hasFailed;

    internal void Post(WsDirection direction, WsEvent e)
    {
        lock (_gate)
        {
            if (!_hasFailed)
                _posted.Enqueue((direction, e));
        }
    }

    /// <summary>Shows what was posted, unless another thread does. The caller holds no lock.</summary>
    [SuppressMessage(
        "Design", "CA1031", Justification = "What an observer throws ends the session, and must not end its reader or a timer.")]
    internal void Show()
    {
        bool begins = true;
        while (TryNext(begins, out (WsDirection Direction, WsEvent Event) next))
        {
            begins = false;
            try
            {
                observer(next.Direction, next.Event);
            }
            catch (Exception fault)
            {
                lock (_gate)
                {
                    _hasFailed = true;
                    _posted.Clear();
                }

                failed(fault);
            }
        }
    }

    private bool TryNext(bool begins, out (WsDirection Direction, WsEvent Event) next)
    {
        lock (_gate)
        {
            next = default;
            if (begins && _isShowing)
                return false;
            _isShowing = _posted.TryDequeue(out next);
            return _isShowing;
        }
    }
}
