using System;
using System.Threading.Tasks;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>
/// Handlers of a namespace as a class: a public method with <see cref="OnEventAttribute"/> for each event, and the methods below. Add it by
/// <see cref="SocketIONamespace.AddHandlers"/>. Its constructor takes services.
/// </summary>
/// <remarks>
/// There is a new instance for each event, with a scope of services for itself, as for a hub of SignalR and a controller. So a service such
/// as a <c>DbContext</c> is neither shared between events that are handled at the same time, nor kept for as long as a client stays. What
/// belongs to a client is in <see cref="SocketIOSocket.Data"/>. An instance that can be disposed of is, when its handler has ended.
/// </remarks>
public abstract class SocketIOHandlers
{
    private SocketIOSocket? _socket;

    /// <summary>The client that it is about.</summary>
    /// <exception cref="InvalidOperationException">The constructor has not ended yet.</exception>
    public SocketIOSocket Socket
    {
        get => _socket ?? throw new InvalidOperationException("The client is there once the constructor has ended.");
        internal set => _socket = value;
    }

    /// <summary>The namespace that the client is in.</summary>
    /// <exception cref="InvalidOperationException">The constructor has not ended yet.</exception>
    public SocketIONamespace Namespace => Socket.Namespace;

    /// <inheritdoc cref="SocketIONamespace.OnConnecting" path="/summary"/>
    public virtual Task OnConnectingAsync() => Task.CompletedTask;

    /// <inheritdoc cref="SocketIONamespace.OnConnected" path="/summary"/>
    public virtual Task OnConnectedAsync() => Task.CompletedTask;

    /// <inheritdoc cref="SocketIONamespace.OnDisconnected" path="/summary"/>
    /// <param name="disconnect">Why.</param>
    public virtual Task OnDisconnectedAsync(SocketIODisconnect disconnect) => Task.CompletedTask;
}
