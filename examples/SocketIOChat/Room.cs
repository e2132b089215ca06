using WsProto.SocketIO.AspNetCore;

namespace SocketIOChat;

/// <summary>One message. The page made the key: a message that is sent again after a lost connection is told by it.</summary>
internal sealed record Said(string From, string Key, string Text, long At);

/// <summary>Who is there, and what was said lately.</summary>
/// <remarks>One lock, under which each change goes to all, so everybody gets all of them in the same order. To emit never waits.</remarks>
internal sealed class Room(SocketIONamespace members)
{
    private const int MaxHistoryCount = 100;

    private readonly Lock _lock = new();
    private readonly List<string> _names = [];
    private readonly Queue<Said> _history = new();

    /// <summary>Tells a new member what there is, and the others of it. A person with two windows is there twice, and shown once.</summary>
    internal void Join(SocketIOSocket socket, string name)
    {
        lock (_lock)
        {
            bool isNew = !_names.Contains(name);
            _names.Add(name);
            socket.Emit("welcome", Names(), _history);
            if (isNew)
                socket.Broadcast.Emit("joined", name, Names());
        }
    }

    internal void Leave(string name)
    {
        lock (_lock)
        {
            _names.Remove(name);
            if (!_names.Contains(name))
                members.Emit("left", name, Names());
        }
    }

    /// <summary>Passes a message on. The one who said it knows by the ack that it has arrived.</summary>
    internal void Say(SocketIOSocket socket, Said said)
    {
        lock (_lock)
        {
            // One whose ack was lost comes again.
            if (_history.Any(known => known.From == said.From && known.Key == said.Key))
                return;
            _history.Enqueue(said);
            if (_history.Count > MaxHistoryCount)
                _history.Dequeue();
            socket.Broadcast.Emit("said", said);
        }
    }

    private string[] Names() => [.. _names.Distinct()];
}
