using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using WsProto.EngineIO;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>
/// Handles an event. It returns the acknowledgement, encoded before the services of the handler are disposed of; null for none.
/// </summary>
internal delegate ValueTask<IReadOnlyList<Packet>?> EventHandling(SocketIOEvent e);

/// <summary>The handlers of a namespace, or of all namespaces of one pattern.</summary>
internal sealed class EventHandlers
{
    private readonly Dictionary<string, EventHandling> _events = new(StringComparer.Ordinal);
    private readonly List<Func<SocketIOEvent, Func<Task>, Task>> _middleware = [];
    private bool _isSealed;

    internal List<Func<SocketIOSocket, Task>> Connecting { get; } = [];

    internal List<Func<SocketIOSocket, Task>> Connected { get; } = [];

    internal List<Func<SocketIOSocket, SocketIODisconnect, Task>> Disconnected { get; } = [];

    internal EventHandling? Other { get; set; }

    internal Func<SocketIOEvent, Exception, ValueTask<object?>>? Error { get; set; }

    internal void Seal() => _isSealed = true;

    /// <summary>Whether there is a handler for exactly this event.</summary>
    internal bool Knows(string name) => _events.ContainsKey(name);

    internal void Add(string name, EventHandling handler)
    {
        ThrowIfTaken(name);
        _events.Add(name, handler);
    }

    /// <summary>Throws if a handler of this event could not be added.</summary>
    internal void ThrowIfTaken(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        ThrowIfSealed();
        if (SocketIODecoder.IsReserved(name))
        {
            throw new ArgumentException(
                $"\"{name}\" is reserved, so clients never send it as an event. Use the On… methods for it.", nameof(name));
        }

        if (_events.ContainsKey(name))
            throw new ArgumentException($"The event \"{name}\" has a handler already.", nameof(name));
    }

    internal void Use(Func<SocketIOEvent, Func<Task>, Task> middleware)
    {
        ThrowIfSealed();
        _middleware.Add(middleware);
    }

    internal void ThrowIfSealed()
    {
        if (_isSealed)
            throw new InvalidOperationException("Handlers must be added before the server is mapped.");
    }

    /// <summary>Runs the middleware and the handler of an event.</summary>
    /// <returns>The acknowledgement; null for none.</returns>
    internal async ValueTask<IReadOnlyList<Packet>?> HandleAsync(SocketIOEvent e)
    {
        IReadOnlyList<Packet>? answer = null;
        try
        {
            if (_middleware.Count == 0)
                return await InvokeAsync(e).ConfigureAwait(false);
            await RunAsync(0).ConfigureAwait(false);
            return answer;
        }
        catch (Exception exception) when (Error is not null)
        {
            return await Error(e, exception).ConfigureAwait(false) is { } value ? e.Answer(value) : null;
        }

        async Task RunAsync(int index)
        {
            if (index == _middleware.Count)
                answer = await InvokeAsync(e).ConfigureAwait(false);
            else
                await _middleware[index](e, () => RunAsync(index + 1)).ConfigureAwait(false);
        }
    }

    private ValueTask<IReadOnlyList<Packet>?> InvokeAsync(SocketIOEvent e) =>
        _events.TryGetValue(e.Name, out EventHandling? handler) ? handler(e)
        : Other is not null ? Other(e)
        : Ignore(e);

    private static ValueTask<IReadOnlyList<Packet>?> Ignore(SocketIOEvent e)
    {
        e.Socket.Server.Faults.NoteUnknown(e);
        return default;
    }
}
