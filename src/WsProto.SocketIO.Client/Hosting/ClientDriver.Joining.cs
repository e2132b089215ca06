// The waits for connections to namespaces.

using System;

namespace WsProto.SocketIO.Client.Hosting;

internal sealed partial class ClientDriver
{
    /// <summary>Begins to connect to a namespace. The waiter gets the result. It is called while the lock is held.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="waiter">The waiter.</param>
    /// <param name="starts">Whether to open a connection if there is none.</param>
    /// <returns>False if the client is connected already.</returns>
    /// <exception cref="InvalidOperationException">There is no connection, and none is being opened.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed of.</exception>
    internal bool Join(string @namespace, JoinWaiter waiter, bool starts = false)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isEnding, _client);
            if (!starts && _core.State is (SocketIOClientState.Idle or SocketIOClientState.Closing))
                throw new InvalidOperationException("The client is not connected: call ConnectAsync of the client first.");
            if (_core.StateOf(@namespace) == SocketIOMembership.Connected)
                return false;
            _core.Join(@namespace, Now);
            Of(@namespace).Waiters.Add(waiter);
            waiter.HasStarted = starts && _core.Start(Now);
            Carry();
            return true;
        }
    }

    /// <summary>
    /// Removes a waiter. If it is the last one, the client is not connected, and <paramref name="leaves"/> is true, the client leaves the
    /// namespace.
    /// </summary>
    internal void Forget(string @namespace, JoinWaiter waiter, bool leaves)
    {
        lock (_gate)
        {
            SocketIOClientNamespace space = Of(@namespace);
            space.Waiters.Remove(waiter);
            if (leaves && space.Waiters.Count == 0 && _core.StateOf(@namespace) != SocketIOMembership.Connected)
                Leave(@namespace);
        }
    }
}
