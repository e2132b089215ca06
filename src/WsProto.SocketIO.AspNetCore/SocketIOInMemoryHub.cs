using System;
using System.Collections.Generic;
using System.Threading;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>
/// Several servers of one process as one: what each publishes comes to all. For tests, and for several routes of an application.
/// </summary>
/// <remarks>Safe for concurrent use. Nothing is lost, and all servers get all messages in the same order.</remarks>
public sealed class SocketIOInMemoryHub
{
    private readonly Lock _lock = new();
    private readonly List<Member> _members = [];

    /// <summary>Makes the backplane of one server, for <see cref="SocketIOOptions.Backplane"/>.</summary>
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
                throw new InvalidOperationException("Another server has this backplane. Each needs one of its own.");
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
            // It cannot die.
        }

        public override void Close()
        {
            lock (hub._lock)
                hub._members.Remove(this);
        }

        /// <summary>The caller has the hub's lock.</summary>
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
