// Who waits to get into a namespace.

using System;

namespace WsProto.SocketIO.Client.Hosting;

internal sealed partial class ClientDriver
{
    /// <summary>Wants into a namespace. What comes of it is told to the waiter, which is called under the lock.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="waiter">Who waits.</param>
    /// <param name="starts">Whether a connection is opened, if there is none.</param>
    /// <returns>False if it is in already.</returns>
    /// <exception cref="InvalidOperationException">There is no connection, and none is to come.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed of.</exception>
    internal bool Join(string @namespace, JoinWaiter waiter, bool starts = false)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isEnding, _client);
            if (!starts && _core.State is (SocketIOClientState.Idle or SocketIOClientState.Closing))
                throw new InvalidOperationException("Connect the client first.");
            if (_core.StateOf(@namespace) == SocketIOMembership.Connected)
                return false;
            _core.Join(@namespace, Now);
            Of(@namespace).Waiters.Add(waiter);
            waiter.HasStarted = starts && _core.Start(Now);
            Carry();
            return true;
        }
    }

    /// <summary>Somebody does not wait any more. If it is so wanted, nobody does, and the client is not in, it leaves.</summary>
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
