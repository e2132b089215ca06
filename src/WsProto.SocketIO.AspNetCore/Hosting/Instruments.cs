using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using WsProto.EngineIO;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>
/// What is measured, by the meter <c>WsProto.SocketIO</c>. All tags are from closed lists: none holds what a client has chosen.
/// </summary>
[SuppressMessage("Reliability", "CA2000", Justification = "The meter lives as long as the application.")]
internal sealed class Instruments
{
    private readonly UpDownCounter<long> _sessions;
    private readonly UpDownCounter<long> _sockets;
    private readonly Counter<long> _events;
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _ends;

    internal Instruments(IServiceProvider services)
    {
        const string Name = "WsProto.SocketIO";
        Meter meter = services.GetService<IMeterFactory>()?.Create(Name) ?? new Meter(Name);
        _sessions = meter.CreateUpDownCounter<long>("wsproto.socketio.sessions.active", "{session}", "Sessions, by transport.");
        _sockets = meter.CreateUpDownCounter<long>("wsproto.socketio.sockets.active", "{socket}", "Clients that are in a namespace.");
        _events = meter.CreateCounter<long>("wsproto.socketio.events", "{event}", "Events, by direction.");
        _refusals = meter.CreateCounter<long>("wsproto.socketio.refusals", "{request}", "Requests that were refused, by error.");
        _ends = meter.CreateCounter<long>("wsproto.socketio.sessions.ended", "{session}", "Sessions that have ended, by reason.");
    }

    internal void Opened(EngineIOTransports transport) => _sessions.Add(1, Tag("wsproto.socketio.transport", transport.ToString()));

    internal void Upgraded()
    {
        _sessions.Add(-1, Tag("wsproto.socketio.transport", nameof(EngineIOTransports.Polling)));
        Opened(EngineIOTransports.WebSocket);
    }

    internal void Closed(EngineIOTransports transport, CloseReason reason)
    {
        _sessions.Add(-1, Tag("wsproto.socketio.transport", transport.ToString()));
        _ends.Add(1, Tag("wsproto.socketio.reason", reason.ToString()));
    }

    internal void Refused(EngineIOError error) => _refusals.Add(1, Tag("error.type", error.ToString()));

    internal void Joined(SocketIONamespace space) => _sockets.Add(1, space.Tag);

    internal void Left(SocketIONamespace space) => _sockets.Add(-1, space.Tag);

    internal void Received(SocketIONamespace space) => _events.Add(1, space.Tag, Tag("wsproto.socketio.direction", "received"));

    internal void Sent(SocketIONamespace space) => _events.Add(1, space.Tag, Tag("wsproto.socketio.direction", "sent"));

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
