using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;

namespace WsProto.Adapters;

/// <summary>What can be seen from outside, under the name <c>WsProto.Adapters</c>. It costs a comparison where nobody listens.</summary>
internal static class Telemetry
{
    private const string Name = "WsProto.Adapters";
    private const string FaultOfListener = "A listener that throws must harm neither a session nor the order of its frames.";

    private static readonly ActivitySource _activities = new(Name);
    private static readonly Meter _meter = new(Name);
    private static readonly UpDownCounter<long> _sessions = _meter.CreateUpDownCounter<long>("wsproto.sessions.active", "{session}", "Sessions that are open or closing.");
    private static readonly Counter<long> _closes = _meter.CreateCounter<long>("wsproto.sessions.closed", "{session}", "Sessions that have ended, by close code and cause.");
    private static readonly Counter<long> _failures = _meter.CreateCounter<long>("wsproto.handshakes.failed", "{handshake}", "Opening handshakes that failed or were refused.");
    private static readonly Counter<long> _messages = _meter.CreateCounter<long>("wsproto.messages", "{message}", "Messages, or the pieces that the application sees, by direction.");
    private static readonly Counter<long> _payload = _meter.CreateCounter<long>("wsproto.payload", "By", "Bytes of the payloads of messages before compression; text counts two for a character, prepared text its UTF-8.");
    private static readonly Counter<long> _dropped = _meter.CreateCounter<long>("wsproto.messages.dropped", "{message}", "Messages dropped because the peer did not keep up.");

    [SuppressMessage("Design", "CA1031", Justification = FaultOfListener)]
    internal static Activity? StartHandshake(ConnectionRole role)
    {
        try
        {
            return role == ConnectionRole.Client
                ? _activities.StartActivity("websocket connect", ActivityKind.Client)
                : _activities.StartActivity("websocket accept", ActivityKind.Server);
        }
        catch (Exception)
        {
            return null;
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = FaultOfListener)]
    internal static void EndHandshake(Activity? activity, ConnectionRole role, bool opened)
    {
        if (!opened)
        {
            HandshakeFailed(role);
            activity?.SetStatus(ActivityStatusCode.Error);
        }

        try
        {
            activity?.Dispose();
        }
        catch (Exception)
        {
        }
    }

    /// <returns>Whether it was counted. Who begins to listen later must not see it go, as he has not seen it come.</returns>
    internal static bool Opened(ConnectionRole role)
    {
        bool counted = _sessions.Enabled;
        Add(_sessions, 1, Of(role));
        return counted;
    }

    internal static void Closed(ConnectionRole role, bool counted, CloseConnection close, WsCloseCause cause)
    {
        if (counted)
            Add(_sessions, -1, Of(role));
        if (_closes.Enabled)
            Add(_closes, 1, Of(role), new("code", (int)close.Code), new("cause", cause.ToString()));
    }

    internal static void HandshakeFailed(ConnectionRole role) => Add(_failures, 1, Of(role));

    internal static void Message(WsDirection direction, long payload)
    {
        if (!_messages.Enabled && !_payload.Enabled)
            return;
        Add(_messages, 1, Of(direction));
        Add(_payload, payload, Of(direction));
    }

    internal static void Dropped() => Add(_dropped, 1);

    [SuppressMessage("Design", "CA1031", Justification = FaultOfListener)]
    private static void Add(Instrument<long> instrument, long value, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (!instrument.Enabled)
            return;
        try
        {
            if (instrument is Counter<long> counter)
                counter.Add(value, tags);
            else
                ((UpDownCounter<long>)instrument).Add(value, tags);
        }
        catch (Exception)
        {
        }
    }

    private static KeyValuePair<string, object?> Of(ConnectionRole role) => new("role", role == ConnectionRole.Client ? "client" : "server");

    private static KeyValuePair<string, object?> Of(WsDirection direction) => new("direction", direction == WsDirection.Received ? "received" : "sent");
}
