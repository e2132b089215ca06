using System.Security.Cryptography;
using WsProto;
using WsProto.Adapters;

namespace AspNetChat;

/// <summary>Who is in a room, and what was said there lately.</summary>
/// <remarks>
/// One lock, under which a message gets its number and goes to all: everybody gets all messages in the order of their numbers. Nobody waits
/// for a member, as sessions with <see cref="SendOverflow.Close"/> take a message or end at once.
/// </remarks>
internal sealed class Room(TimeProvider time)
{
    internal const int MaxHistoryBytes = 1 << 20;
    private const int MaxHistoryCount = 200;

    private readonly Lock _lock = new();
    private readonly string _epoch = RandomNumberGenerator.GetHexString(16, lowercase: true);
    private readonly WsSessionGroup _sessions = new();
    private readonly Dictionary<WsSession, string> _names = [];
    private readonly Queue<Entry> _history = new();
    private int _historyBytes;
    private long _lastId;

    private sealed record Entry(long Id, string From, string Key, PreparedMessage Message);

    internal bool IsEmpty
    {
        get
        {
            lock (_lock)
                return _names.Count == 0;
        }
    }

    /// <summary>Counts a member, before it takes part.</summary>
    /// <param name="session">The member.</param>
    /// <param name="name">What the others see. A person with two windows is there twice, and shown once.</param>
    internal void Add(WsSession session, string name)
    {
        lock (_lock)
            _names.Add(session, name);
    }

    /// <summary>Lets a member take part: sends it what it has not seen, and tells the others.</summary>
    /// <param name="session">The member.</param>
    /// <param name="carrier">The version of HTTP, for the page to show.</param>
    /// <param name="epoch">The epoch that the page was in before it lost its connection; null or another: it has seen nothing of this
    /// one.</param>
    /// <param name="since">The number of the last message that it got in that epoch.</param>
    internal ValueTask<int> JoinAsync(WsSession session, string carrier, string? epoch, long since)
    {
        lock (_lock)
        {
            string name = _names[session];
            session.TrySend(ChatFormat.Write(new Welcome(_epoch, carrier, session.Extensions.Count > 0, Names())));
            foreach (Entry entry in _history.Where(entry => epoch != _epoch || entry.Id > since))
                session.TrySend(entry.Message);
            _sessions.Add(session);
            return _names.Values.Count(name.Equals) == 1
                ? _sessions.SendAsync(ChatFormat.Write(new People(Names(), Came: name, Left: null)), session)
                : default;
        }
    }

    /// <summary>Removes a member, and tells the others.</summary>
    internal ValueTask<int> LeaveAsync(WsSession session)
    {
        lock (_lock)
        {
            _sessions.Remove(session);
            return _names.Remove(session, out string? name) && !_names.ContainsValue(name)
                ? _sessions.SendAsync(ChatFormat.Write(new People(Names(), Came: null, Left: name)))
                : default;
        }
    }

    /// <summary>Does what a member wants.</summary>
    internal ValueTask<int> TakeAsync(WsSession session, FromPage message)
    {
        lock (_lock)
        {
            string name = _names[session];
            return message switch
            {
                RoundTrip trip => new(session.TrySend(ChatFormat.Write(new RoundTripEnd(trip.At))) ? 1 : 0),
                Typing => _sessions.SendAsync(ChatFormat.Write(new Types(name)), session),
                Say say => SayAsync(name, say.Key, (id, at) => ChatFormat.Write(new Said(id, say.Key, name, at, say.Text))),
                Picture picture => SayAsync(
                    name, picture.Key, (id, at) => ChatFormat.Write(new Shown(id, picture.Key, name, at, picture.Mime), picture.Data.Span)),
                _ => throw new ArgumentException("There is no other message.", nameof(message)),
            };
        }
    }

    /// <summary>Gives a message its number and sends it to all, the one who said it too: so a page knows what has arrived.</summary>
    private ValueTask<int> SayAsync(string name, string key, Func<long, long, PreparedMessage> write)
    {
        // One that came over a connection that was lost comes again.
        if (_history.Any(entry => entry.Key == key && entry.From == name))
            return default;
        long id = ++_lastId;
        PreparedMessage message = write(id, time.GetUtcNow().ToUnixTimeMilliseconds());
        _history.Enqueue(new Entry(id, name, key, message));
        _historyBytes += message.Payload.Length;
        while (_history.Count > MaxHistoryCount || _historyBytes > MaxHistoryBytes)
            _historyBytes -= _history.Dequeue().Message.Payload.Length;
        return _sessions.SendAsync(message);
    }

    private IEnumerable<string> Names() => _names.Values.Distinct().Order(StringComparer.OrdinalIgnoreCase);
}
