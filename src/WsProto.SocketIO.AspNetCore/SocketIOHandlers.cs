using System;
using System.Threading.Tasks;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>A class with the handlers of a namespace. Add it with <see cref="SocketIONamespace.AddHandlers"/>.</summary>
/// <remarks>
/// <para>
/// A public method with <see cref="OnEventAttribute"/> handles an event. Override the methods below to handle connections. The constructor
/// may take services.
/// </para>
/// <para>
/// A new instance is created for each event, with its own scope of services, as for a SignalR hub or a controller. So a service such as a
/// <c>DbContext</c> is neither shared between events that are handled at the same time, nor kept as long as the client is connected. Keep
/// data of a client in <see cref="SocketIOSocket.Data"/>. An instance that is disposable is disposed of after its handler.
/// </para>
/// </remarks>
public abstract class SocketIOHandlers
{
    private SocketIOSocket? _socket;

    /// <summary>The client.</summary>
    /// <exception cref="InvalidOperationException">It was called in the constructor.</exception>
    public SocketIOSocket Socket
    {
        get => _socket ?? throw new InvalidOperationException("The client is not available in the constructor.");
        internal set => _socket = value;
    }

    /// <summary>The namespace of the client.</summary>
    /// <exception cref="InvalidOperationException">It was called in the constructor.</exception>
    public SocketIONamespace Namespace => Socket.Namespace;

    /// <inheritdoc cref="SocketIONamespace.OnConnecting" path="/summary"/>
    public virtual Task OnConnectingAsync() => Task.CompletedTask;

    /// <inheritdoc cref="SocketIONamespace.OnConnected" path="/summary"/>
    public virtual Task OnConnectedAsync() => Task.CompletedTask;

    /// <inheritdoc cref="SocketIONamespace.OnDisconnected" path="/summary"/>
    /// <param name="disconnect">The reason.</param>
    public virtual Task OnDisconnectedAsync(SocketIODisconnect disconnect) => Task.CompletedTask;
}
