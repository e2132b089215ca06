// The interface between a server and the carrier of its messages to other servers. The carrier does not read the messages.

using System;

namespace WsProto.SocketIO;

/// <summary>Carries messages between the servers of one application, so that they act as one. Each server uses its own instance.</summary>
/// <remarks>
/// <para>
/// No method waits for the network, and none throws except for a mistake of the caller. So sending to clients never waits for the
/// backplane.
/// </para>
/// <para>
/// Messages of one server arrive in the order in which it published them. A backplane may also deliver a server's own messages to it; the
/// server ignores them.
/// </para>
/// </remarks>
public abstract class SocketIOBackplane
{
    /// <summary>Whether messages can be published now, as far as is known.</summary>
    public abstract bool IsConnected { get; }

    /// <summary>Starts to connect and to receive. The backplane reconnects until <see cref="Close"/> is called.</summary>
    /// <param name="receiver">Gets the messages of other servers.</param>
    /// <exception cref="InvalidOperationException">It was started before: another server uses it.</exception>
    public abstract void Start(ISocketIOBackplaneReceiver receiver);

    /// <summary>Publishes a message after all earlier ones.</summary>
    /// <param name="message">The message. Its memory must not change afterwards.</param>
    /// <remarks>If the message is lost, <see cref="ISocketIOBackplaneReceiver.ReportLost"/> is called once for it.</remarks>
    public abstract void Publish(ReadOnlyMemory<byte> message);

    /// <summary>
    /// Connects and subscribes again. The server calls it if nothing is received any more although the connection seems to be alive.
    /// </summary>
    public abstract void Restart();

    /// <summary>Publishes the messages that wait, as far as that is possible at once, and stops. Nothing is received any more.</summary>
    public abstract void Close();
}

/// <summary>Receives the messages of a <see cref="SocketIOBackplane"/>.</summary>
public interface ISocketIOBackplaneReceiver
{
    /// <summary>Handles a message. It may have any content. The method returns quickly and does not throw.</summary>
    /// <param name="message">The message. The receiver may keep it, because its memory does not change.</param>
    /// <remarks>
    /// It is called for one message after the other. The messages of one server come in the order in which they were published.
    /// </remarks>
    void Receive(ReadOnlyMemory<byte> message);

    /// <summary>Handles that a published message is lost, or may be. The method returns quickly and does not throw.</summary>
    /// <param name="reason">The error; null if there is no connection.</param>
    void ReportLost(Exception? reason);
}
