using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using WsProto.Events;

namespace WsProto.Adapters;

/// <summary>What can be seen from outside, under the name <c>WsProto.Adapters</c>. It costs a comparison where nobody listens.</summary>
internal static class Telemetry
{
    private const string Name = "WsProto.Adapters";

    private static readonly ActivitySource _activities = new(Name);
    private static readonly Meter _meter = new(Name);
    private static readonly UpDownCounter<long> _sessions = _meter.CreateUpDownCounter<long>("wsproto.sessions.active", "{session}", "Sessions that are open or closing.");
    private static readonly Counter<long> _closes = _meter.CreateCounter<long>("wsproto.sessions.closed", "{session}", "Sessions that have ended, by close code and cause.");
    private static readonly Counter<long> _failures = _meter.CreateCounter<long>("wsproto.handshakes.failed", "{handshake}", "Opening handshakes that failed or were refused.");
    private static readonly Counter<long> _messages = _meter.CreateCounter<long>("wsproto.messages", "{message}", "Messages, or the pieces that the application sees, by direction.");
    private static readonly Counter<long> _payload = _meter.CreateCounter<long>("wsproto.payload", "By", "Bytes of the payloads of messages before compression; text counts two for a character.");
    private static readonly Counter<long> _dropped = _meter.CreateCounter<long>("wsproto.messages.dropped", "{message}", "Messages dropped because the peer did not keep up.");

    internal static Activity? StartHandshake(ConnectionRole role) =>
        _activities.StartActivity(role == ConnectionRole.Client ? "websocket connect" : "websocket accept", role == ConnectionRole.Client ? ActivityKind.Client : ActivityKind.Server);

    internal static void Opened(ConnectionRole role) => _sessions.Add(1, Of(role));

    internal static void Closed(ConnectionRole role, CloseConnection close, WsCloseCause cause)
    {
        _sessions.Add(-1, Of(role));
        if (_closes.Enabled)
            _closes.Add(1, Of(role), new KeyValuePair<string, object?>("code", (int)close.Code), new KeyValuePair<string, object?>("cause", cause.ToString()));
    }

    internal static void HandshakeFailed(ConnectionRole role) => _failures.Add(1, Of(role));

    [SuppressMessage("Design", "CA1031", Justification = "A listener that throws must not harm the order of frames.")]
    internal static void Message(WsDirection direction, long payload)
    {
        try
        {
            if (_messages.Enabled)
                _messages.Add(1, Of(direction));
            if (_payload.Enabled)
                _payload.Add(payload, Of(direction));
        }
        catch (Exception)
        {
            // It is the listener's fault, and nobody's business here.
        }
    }

    internal static void Dropped() => _dropped.Add(1);

    private static KeyValuePair<string, object?> Of(ConnectionRole role) => new("role", role == ConnectionRole.Client ? "client" : "server");

    private static KeyValuePair<string, object?> Of(WsDirection direction) => new("direction", direction == WsDirection.Received ? "received" : "sent");
}
