// The recovery of a namespace. Its lock determines the order of events: each gets its number, is kept and is sent under the lock. So each
// client receives ascending numbers, and the last one tells what it has missed. The lock is taken before those of a session and of the
// namespace.

using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.Text.Json;
using System.Threading;
using WsProto.EngineIO;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>The state to which a lost client can recover.</summary>
internal sealed record RecoverableState(
    string Id, string Pid, IReadOnlySet<string> Rooms, IReadOnlyList<KeyValuePair<string, object?>> Data, long Begin, long LastSent)
{
    internal static RecoverableState Of(SocketIOSocket socket) => new(
        socket.Id, socket.Pid!, socket.Rooms.ToFrozenSet(StringComparer.Ordinal), [.. socket.Data], socket.Begin!.Value, socket.LastSent);

    internal void Restore(SocketIOSocket socket)
    {
        socket.Id = Id;
        socket.Recovered = true;
        foreach ((string name, object? value) in Data)
            socket.Data.TryAdd(name, value);
    }
}

/// <summary>A client that has recovered, and the events that it has missed.</summary>
internal sealed record Recovered(RecoverableState State, IReadOnlyList<IReadOnlyList<Packet>> Missed, long LastNumber);

internal sealed class NamespaceRecovery(SocketIONamespace space, SocketIORecoveryOptions? options)
{
    private readonly Lock _lock = new();
    private readonly SocketIORecovery<RecoverableState> _kept = new(options, SocketIOSocket.NewId());

    /// <summary>The clients that are connected, or whose disconnection is still being handled, by their secrets.</summary>
    private readonly Dictionary<string, SocketIOSocket> _present = new(StringComparer.Ordinal);

    /// <summary>The number of lost clients that are kept.</summary>
    internal int LostCount
    {
        get
        {
            lock (_lock)
                return _kept.LostCount;
        }
    }

    /// <summary>The number of clients that are connected, or whose disconnection is still being handled.</summary>
    internal int PresentCount
    {
        get
        {
            lock (_lock)
                return _present.Count;
        }
    }

    /// <summary>Whether there is no client to send to, and none to keep events for.</summary>
    internal bool IsIdle => space.SocketCount == 0 && LostCount == 0;

    /// <summary>Sends an event to the clients of an audience, and keeps it.</summary>
    internal void Emit(SocketIOAudience audience, bool isVolatile, IReadOnlyList<Packet> packets)
    {
        lock (_lock)
        {
            packets = Number(packets, audience.Rooms, audience.Except, isVolatile);
            foreach (SocketIOSocket socket in space.Select(audience))
            {
                if (!isVolatile || socket.TakesVolatile)
                    _ = Send(socket, packets);
            }
        }
    }

    /// <summary>Sends an event to one client, and keeps it.</summary>
    internal bool Emit(SocketIOSocket socket, bool isVolatile, string name, ReadOnlySpan<object?> arguments)
    {
        IReadOnlyList<Packet> packets = space.Server.Encoder.Event(space.Name, name, arguments);
        lock (_lock)
        {
            // The client may not be connected yet; then this is the first event that it is sent.
            socket.Begin ??= _kept.LastNumber;
            return Send(socket, Number(packets, [socket.Id], [], isVolatile));
        }
    }

    /// <summary>
    /// Accepts a client. It recovers its state if it sent the secret of a lost client, and all that it has missed is known.
    /// </summary>
    /// <returns>False if the client has disconnected meanwhile.</returns>
    internal bool Accept(SocketIOSocket socket)
    {
        (string? pid, string? offset) = BroughtBy(socket);
        SocketIOSocket? former;
        lock (_lock)
        {
            former = pid is null ? null : _present.GetValueOrDefault(pid);
            Recovered? recovered = pid is null ? null : Recover(pid, offset, former);
            socket.Pid = recovered?.State.Pid ?? SocketIOSocket.NewId();
            socket.Begin = recovered?.State.Begin ?? socket.Begin ?? _kept.LastNumber;
            socket.LastSent = Math.Max(socket.LastSent, recovered?.LastNumber ?? socket.Begin.Value);
            if (!socket.Client.Accept(socket, recovered))
                return false;
            _present[socket.Pid] = socket;
            if (recovered is null)
                return true;
            _kept.Forget(recovered.State.Pid);
        }

        // The transport of the former connection may seem alive for a while, but it no longer belongs to a client.
        former?.Client.Engine.Close(CloseReason.ForcedClose, discard: true);
        return true;
    }

    /// <summary>Keeps the state of a client after its disconnection was handled, if it can recover.</summary>
    internal void Lose(SocketIOSocket socket)
    {
        lock (_lock)
        {
            // Not if it has recovered already.
            if (ReferenceEquals(_present.GetValueOrDefault(socket.Pid!), socket))
            {
                _present.Remove(socket.Pid!);
                if (MayComeBack(socket))
                    _kept.Lose(socket.Pid!, RecoverableState.Of(socket), space.Server.Now);
            }
        }
    }

    private static bool MayComeBack(SocketIOSocket socket) => socket.DisconnectInfo is null or { IsLoss: true };

    private static (string? Pid, string? Offset) BroughtBy(SocketIOSocket socket)
    {
        if (socket.Auth.Count == 0)
            return default;
        // The decoder has checked that it is an object.
        using JsonDocument auth = JsonDocument.Parse(socket.Auth.GetJson(0), new JsonDocumentOptions { MaxDepth = int.MaxValue });
        return (Text("pid"), Text("offset"));

        string? Text(string name) =>
            auth.RootElement.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;
    }

    private Recovered? Recover(string pid, string? offset, SocketIOSocket? former)
    {
        RecoverableState? state = former is null ? _kept.Find(pid, space.Server.Now)
            : MayComeBack(former) ? RecoverableState.Of(former)
            : null;
        if (state is null)
            return null;
        // Without an offset, the client has received nothing since it connected, so nothing may have been sent to it.
        long? received = offset is null ? state.Begin : _kept.NumberOf(offset);
        return received is { } number && _kept.Missed(number, state.LastSent, state.Rooms, out long last) is { } missed
            ? new(state, missed, last)
            : null;
    }

    private IReadOnlyList<Packet> Number(
        IReadOnlyList<Packet> packets, IReadOnlyList<string> rooms, IReadOnlyList<string> except, bool isVolatile)
    {
        // A volatile event gets the number of the last event that is kept, because npm's client takes any last string of an event for an
        // offset.
        packets = space.Server.Encoder.WithOffset(packets, _kept.OffsetOf(_kept.LastNumber + (isVolatile ? 0 : 1)));
        if (!isVolatile)
            _kept.Keep(packets, rooms, except, space.Server.Now);
        return packets;
    }

    private bool Send(SocketIOSocket socket, IReadOnlyList<Packet> packets)
    {
        if (!socket.Send(packets))
            return false;
        socket.LastSent = _kept.LastNumber;
        return true;
    }
}
