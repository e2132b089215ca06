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
    private static readonly UpDownCounter<long> _sessions = _meter.CreateUpDownCounter<long>(
        "wsproto.sessions.active", "{session}", "Sessions that are open or closing.");

    private static readonly Counter<long> _closes = _meter.CreateCounter<long>(
        "wsproto.sessions.closed", "{session}", "Sessions that have ended, by close code and cause.");

    private static readonly Counter<long> _failures = _meter.CreateCounter<long>(
        "wsproto.handshakes.failed", "{handshake}", "Opening handshakes that failed or were refused.");

    private static readonly Counter<long> _messages = _meter.CreateCounter<long>(
        "wsproto.messages", "{message}", "Messages, or the pieces that the application sees, by direction.");

    private static readonly Counter<long> _payload = _meter.CreateCounter<long>(
        "wsproto.payload", "By", "Bytes of the payloads of messages before compression; text in UTF-8.");

    private static readonly Counter<long> _dropped = _meter.CreateCounter<long>(
        "wsproto.messages.dropped", "{message}", "Messages dropped because the peer did not keep up.");

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

    internal static void Closed(ConnectionRole role, bool counted, WsCloseResult result)
    {
        if (counted)
            Add(_sessions, -1, Of(role));
        if (_closes.Enabled)
            Add(_closes, 1, Of(role), new("wsproto.close.code", CodeOf(result.Code)), new("wsproto.close.cause", result.Cause.ToString()));
    }

    /// <summary>The peer chooses the code, and each tag makes a series: so those that have no name are one (RFC 6455 §7.4.2).</summary>
    private static object CodeOf(CloseCode code) => Enum.IsDefined(code) ? (int)code : "other";

    internal static void HandshakeFailed(ConnectionRole role) => Add(_failures, 1, Of(role));

    /// <summary>Whether anybody counts messages.</summary>
    internal static bool CountsMessages => _messages.Enabled || _payload.Enabled || _dropped.Enabled;

    /// <param name="direction">Which way.</param>
    /// <param name="count">How many.</param>
    /// <param name="payload">The bytes of all of them.</param>
    internal static void Messages(WsDirection direction, long count, long payload)
    {
        if ((!_messages.Enabled && !_payload.Enabled) || count == 0)
            return;
        Add(_messages, count, Of(direction));
        Add(_payload, payload, Of(direction));
    }

    internal static void Dropped(long count) => Add(_dropped, count);

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

    private static KeyValuePair<string, object?> Of(ConnectionRole role) =>
        new("wsproto.role", role == ConnectionRole.Client ? "client" : "server");

    private static KeyValuePair<string, object?> Of(WsDirection direction) =>
        new("wsproto.direction", direction == WsDirection.Received ? "received" : "sent");
}
