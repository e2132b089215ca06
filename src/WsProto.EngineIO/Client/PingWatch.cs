// Detects that the server is gone (Engine.IO protocol v4, "Heartbeat"): "if the client does not receive a ping packet within pingInterval +
// pingTimeout, then the client SHOULD consider that the connection is closed".
//
// Any received byte counts, because a ping cannot overtake a large message. A timer that fires late shows that the process was suspended.
// What the server sent meanwhile has arrived but was not read, so the client waits once more before it gives up.

using System;

namespace WsProto.EngineIO;

internal sealed class PingWatch
{
    private TimeSpan _patience;
    private bool _hadGrace;

    internal TimeSpan Deadline { get; private set; } = Heartbeat.Never;

    internal void Start(TimeSpan patience, TimeSpan now)
    {
        _patience = patience;
        Deadline = now + patience;
    }

    internal void Stop() => Deadline = Heartbeat.Never;

    internal void ReceiveBytes(TimeSpan now)
    {
        if (Deadline == Heartbeat.Never)
            return;
        Deadline = now + _patience;
        _hadGrace = false;
    }

    /// <summary>Whether the server is considered gone.</summary>
    internal bool IsOver(TimeSpan now)
    {
        if (now < Deadline)
            return false;
        if (_hadGrace || now - Deadline < Heartbeat.Grace)
            return true;
        Deadline = now + Heartbeat.Grace;
        _hadGrace = true;
        return false;
    }
}
