using System;
using System.Collections.Generic;
using System.Threading;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>Connects several servers of one process, as a backplane. For tests, and for applications with several routes.</summary>
/// <remarks>Thread-safe. No message is lost, and all servers receive all messages in the same order.</remarks>
public sealed class SocketIOInMemoryHub
{
    private readonly Lock _lock = new();
    private readonly List<Member> _members = [];

    /// <summary>Creates the backplane of one server, for <see cref="SocketIOOptions.Backplane"/>.</summary>
    /// <returns>The backplane.</returns>
    public SocketIOBackplane Connect() => new Member(this);

    private sealed class Member(SocketIOInMemoryHub hub) : SocketIOBackplane
    {
        private readonly Queue<ReadOnlyMemory<byte>> _waiting = [];
        private ISocketIOBackplaneReceiver? _receiver;
        private bool _isWorking;

        public override bool IsConnected
        {
            get
            {
                lock (hub._lock)
                    return hub._members.Contains(this);
            }
        }

        public override void Start(ISocketIOBackplaneReceiver receiver)
        {
            ArgumentNullException.ThrowIfNull(receiver);
            if (Interlocked.CompareExchange(ref _receiver, receiver, null) is not null)
                throw new InvalidOperationException("The backplane belongs to another server. Each server needs its own.");
            lock (hub._lock)
                hub._members.Add(this);
        }

        public override void Publish(ReadOnlyMemory<byte> message)
        {
            lock (hub._lock)
            {
                foreach (Member member in hub._members)
                    member.Add(message);
            }
        }

        public override void Restart()
        {
            // There is no connection that could be lost.
        }

        public override void Close()
        {
            lock (hub._lock)
                hub._members.Remove(this);
        }

        /// <summary>Adds a message. The caller holds the hub's lock.</summary>
        private void Add(ReadOnlyMemory<byte> message)
        {
            _waiting.Enqueue(message);
            if (_isWorking)
                return;
            _isWorking = true;
            ThreadPool.UnsafeQueueUserWorkItem(static member => member.Work(), this, preferLocal: false);
        }

        private void Work()
        {
            while (TryTake(out ReadOnlyMemory<byte> message))
                _receiver!.Receive(message);
        }

        private bool TryTake(out ReadOnlyMemory<byte> message)
        {
            lock (hub._lock)
                return _isWorking = _waiting.TryDequeue(out message);
        }
    }
}
