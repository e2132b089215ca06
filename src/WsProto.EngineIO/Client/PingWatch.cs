// Finds out whether the server is there (Engine.IO protocol v4, "Heartbeat"): "if the client does not receive a ping packet within
// pingInterval + pingTimeout, then the client SHOULD consider that the connection is closed".
//
// Any byte that arrives is life, as a ping cannot overtake a large message. A timer that comes late tells that the process stood still;
// what the server sent meanwhile has arrived and was not read, so it is waited once more before the server is given up.

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

    /// <summary>Whether the server is gone.</summary>
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
