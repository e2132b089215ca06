// The recovery of a namespace. Its lock orders what is sent: a number is given, kept and sent under it, so that each client gets numbers
// that only grow, and the last that it has got says what it has missed. It is taken before a session's lock and the namespace's.

using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.Text.Json;
using System.Threading;
using WsProto.EngineIO;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>What a lost client comes back to.</summary>
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

/// <summary>A client that has come back, and what it has missed.</summary>
internal sealed record Recovered(RecoverableState State, IReadOnlyList<IReadOnlyList<Packet>> Missed, long LastNumber);

internal sealed class NamespaceRecovery(SocketIONamespace space, SocketIORecoveryOptions? options)
{
    private readonly Lock _lock = new();
    private readonly SocketIORecovery<RecoverableState> _kept = new(options, SocketIOSocket.NewId());

    /// <summary>Those who are in, or whose end is still told to the application, by their secrets.</summary>
    private readonly Dictionary<string, SocketIOSocket> _present = new(StringComparer.Ordinal);

    /// <summary>How many lost clients are remembered.</summary>
    internal int LostCount
    {
        get
        {
            lock (_lock)
                return _kept.LostCount;
        }
    }

    /// <summary>How many are in, or about to be parted from.</summary>
    internal int PresentCount
    {
        get
        {
            lock (_lock)
                return _present.Count;
        }
    }

    /// <summary>Whether there is nobody to send to, nor anybody to keep it for.</summary>
    internal bool IsIdle => space.SocketCount == 0 && LostCount == 0;

    /// <summary>Sends an event to many, and keeps it.</summary>
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

    /// <summary>Sends an event to one, and keeps it.</summary>
    internal bool Emit(SocketIOSocket socket, bool isVolatile, string name, ReadOnlySpan<object?> arguments)
    {
        IReadOnlyList<Packet> packets = space.Server.Encoder.Event(space.Name, name, arguments);
        lock (_lock)
        {
            // It may be about to get in; this is the first that it is sent.
            socket.Begin ??= _kept.LastNumber;
            return Send(socket, Number(packets, [socket.Id], [], isVolatile));
        }
    }

    /// <summary>
    /// A client gets in: to what it was, if it brings the secret of somebody who was lost, and is known to have missed nothing else.
    /// </summary>
    /// <returns>False if it has left meanwhile.</returns>
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

        // Its transport may look alive for a while; what comes of it is another's now.
        former?.Client.Engine.Close(CloseReason.ForcedClose, discard: true);
        return true;
    }

    /// <summary>The end of a client has been told to the application: what it was is kept, if it may come back to it.</summary>
    internal void Lose(SocketIOSocket socket)
    {
        lock (_lock)
        {
            // Unless it has come back already.
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
        // The decoder has judged it.
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
        // Without an offset it has got nothing since it came in, so nothing may have been sent to it.
        long? received = offset is null ? state.Begin : _kept.NumberOf(offset);
        return received is { } number && _kept.Missed(number, state.LastSent, state.Rooms, out long last) is { } missed
            ? new(state, missed, last)
            : null;
    }

    private IReadOnlyList<Packet> Number(
        IReadOnlyList<Packet> packets, IReadOnlyList<string> rooms, IReadOnlyList<string> except, bool isVolatile)
    {
        // A volatile event has the number of the last that is kept: npm's client takes any last text of an event for an offset.
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
