// The seam between a server and what carries messages to other servers. What is said is not the carrier's business: it hands on bytes.

using System;

namespace WsProto.SocketIO;

/// <summary>
/// Carries messages from each of several servers to all the others, so that they act as one. Each server has one of its own.
/// </summary>
/// <remarks>
/// Whoever waits for a client never waits for it: all its methods return at once, and throw only for mistakes of the caller. It keeps the
/// order of what one server publishes. It may also give a server what that server has published; nobody is told that twice.
/// </remarks>
public abstract class SocketIOBackplane
{
    /// <summary>Whether messages can be published now, as far as is known.</summary>
    public abstract bool IsConnected { get; }

    /// <summary>
    /// Begins to connect and to receive. It goes on by itself until <see cref="Close"/>, however often the connection is lost.
    /// </summary>
    /// <param name="receiver">Gets what other servers publish.</param>
    /// <exception cref="InvalidOperationException">It has begun already: another server uses it.</exception>
    public abstract void Start(ISocketIOBackplaneReceiver receiver);

    /// <summary>Hands a message on, behind those before.</summary>
    /// <param name="message">The message. It is never changed.</param>
    /// <remarks>What is lost is reported by <see cref="ISocketIOBackplaneReceiver.ReportLost"/>, a call for each message.</remarks>
    public abstract void Publish(ReadOnlyMemory<byte> message);

    /// <summary>Nothing is received any more, though the connection may look alive: connects and subscribes anew.</summary>
    public abstract void Restart();

    /// <summary>Publishes what waits, as far as that can be done at once, and ends. Nothing is received any more.</summary>
    public abstract void Close();
}

/// <summary>Gets what a <see cref="SocketIOBackplane"/> brings.</summary>
public interface ISocketIOBackplaneReceiver
{
    /// <summary>A message has come. It may be anything. This returns soon and does not throw.</summary>
    /// <param name="message">The message, which the receiver may keep: nobody changes it.</param>
    /// <remarks>Called for one message after the other, in the order in which each server has published them.</remarks>
    void Receive(ReadOnlyMemory<byte> message);

    /// <summary>A message that was published is lost, or may be. This returns soon and does not throw.</summary>
    /// <param name="reason">Why; null if that is simply that there is no connection.</param>
    void ReportLost(Exception? reason);
}
