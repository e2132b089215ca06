using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using WsProto.EngineIO;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>
/// The instruments of the meter <c>WsProto.SocketIO</c>. The values of all tags come from closed lists, and none is chosen by a client.
/// </summary>
[SuppressMessage("Reliability", "CA2000", Justification = "The meter lives as long as the application.")]
internal sealed class Instruments
{
    private readonly UpDownCounter<long> _sessions;
    private readonly UpDownCounter<long> _sockets;
    private readonly Counter<long> _events;
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _ends;
    private readonly Counter<long> _published;
    private readonly Counter<long> _lost;
    private readonly Counter<long> _backplane;
    private readonly Counter<long> _restarts;
    private readonly UpDownCounter<long> _others;

    internal Instruments(IServiceProvider services)
    {
        const string Name = "WsProto.SocketIO";
        Meter meter = services.GetService<IMeterFactory>()?.Create(Name) ?? new Meter(Name);
        _sessions = meter.CreateUpDownCounter<long>("wsproto.socketio.sessions.active", "{session}", "Sessions, by transport.");
        _sockets = meter.CreateUpDownCounter<long>("wsproto.socketio.sockets.active", "{socket}", "Clients in namespaces.");
        _events = meter.CreateCounter<long>("wsproto.socketio.events", "{event}", "Events, by direction.");
        _refusals = meter.CreateCounter<long>("wsproto.socketio.refusals", "{request}", "Refused requests, by error.");
        _published = meter.CreateCounter<long>(
            "wsproto.socketio.backplane.published", "{message}", "Messages to other servers, including those that were lost.");
        _lost = meter.CreateCounter<long>("wsproto.socketio.backplane.lost", "{message}", "Messages to other servers that were lost.");
        _backplane = meter.CreateCounter<long>(
            "wsproto.socketio.backplane.received", "{message}", "Messages from the backplane, by outcome.");
        _restarts = meter.CreateCounter<long>(
            "wsproto.socketio.backplane.restarts", "{restart}", "Renewed subscriptions, because nothing was received.");
        _others = meter.CreateUpDownCounter<long>("wsproto.socketio.backplane.servers", "{server}", "Other servers that are alive.");
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

    internal void Published() => _published.Add(1);

    internal void PublicationLost() => _lost.Add(1);

    /// <param name="outcome"><c>handled</c>, <c>ignored</c>, <c>foreign</c>, <c>malformed</c> or <c>failed</c>.</param>
    internal void BackplaneReceived(string outcome) => _backplane.Add(1, Tag("wsproto.socketio.outcome", outcome));

    internal void BackplaneRestarted() => _restarts.Add(1);

    internal void ServerJoined() => _others.Add(1);

    internal void ServerLeft() => _others.Add(-1);

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
