using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Transports;

namespace WsProto.Adapters.Tests.Simulation;

/// <summary>One client, its connection, and what has to hold for it.</summary>
internal sealed class Client(World world, int who)
{
    internal const string RefusedTarget = "/no";

    /// <summary>Longer than closing takes, with its timeout and a nap, and than a message takes over a good network.</summary>
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(13);

    private static readonly Kind[] _faults = [Kind.BreakAt, Kind.EndAt, Kind.StallAt, Kind.Stall, Kind.Break];

    private readonly Act[] _acts = [.. world.Acts.Where(act => act.Who == who)];

    /// <summary>What has to come back, while nothing is wrong.</summary>
    private readonly HashSet<string> _owed = [];

    private MemoryTransport? _near;
    private MemoryTransport? _transport;
    private WsSession? _session;
    private TimeSpan _awake;
    private int _count;
    private int _nextChat;
    private bool _isInPieces;

    internal Line Up { get; } = new($"client {who} to server");

    internal Line Down { get; } = new($"server to client {who}");

    /// <summary>The server's session.</summary>
    internal WsSession? Far { get; private set; }

    /// <summary>Whether something else than the sessions may end the connection, or end it roughly.</summary>
    internal bool MayFail => _acts.Any(act =>
        _faults.Contains(act.Kind)
        || act is { Kind: Kind.ConnectRefused or Kind.Abort or Kind.Expel }
            or { Kind: Kind.Capacity, Value: < 1000 }
            or { Kind: Kind.Delay, Value: > 100 });

    private bool Leaves => _acts.Any(act => act.Kind is >= Kind.Close and <= Kind.Expel);

    private SendOverflow Overflow => (SendOverflow)Setting(Kind.Overflow, 0);

    private bool IsOverflown => _session?.CloseCause == WsCloseCause.Overflow || Far?.CloseCause == WsCloseCause.Overflow;

    private bool DropsUp => Overflow == SendOverflow.DropOldest;

    private bool DropsDown => world.Server.Overflow == SendOverflow.DropOldest;

    public override string ToString() => $"client {who}";

    /// <summary>Whether the session may refuse messages: it is closed, or what it wrote is known not to arrive.</summary>
    internal static bool HasEnded(WsSession session) => session.Cause is not null || session.Fault is not null;

    internal static string TextOf(Message message) =>
        message is TextMessage text ? text.Data : Encoding.UTF8.GetString(((BytesMessage)message).Data.Span);

    internal string Describe() =>
        $"{this}: {_session?.State} {_session?.CloseCause} {_session?.Completion.IsCompleted}, "
        + $"at the server {Far?.State} {Far?.CloseCause} {Far?.Completion.IsCompleted}";

    internal void Join(WsSession session, int chats) => (Far, _nextChat) = (session, chats);

    internal void Do(Act act)
    {
        if (act.Kind is Kind.Connect or Kind.ConnectRefused)
            world.Watch(ConnectAsync(act.Kind == Kind.ConnectRefused));
        else if (_session is { } session && act.Kind < Kind.Stall)
            world.Watch(UseAsync(session, act));
        else if (_near is not null)
            Disturb(act);
    }

    /// <summary>Closes what is still open, from here, from the server or from both.</summary>
    internal void GoHome()
    {
        if (_session is not null && (who % 3 != 0 || MayFail))
            world.Watch(CloseAsync(_session));
        if (Far is not null && (who % 3 != 1 || MayFail))
            world.Watch(CloseAsync(Far));
    }

    /// <summary>Long after the last act: where nothing was wrong, all that was to come has come.</summary>
    internal void CheckSettled()
    {
        if (_session is null || MayFail || Leaves || IsOverflown)
            return;
        World.Expect(_session.State == ConnectionState.Open && Far?.State == ConnectionState.Open, "no reason to close: " + Describe());
        if (DropsUp || DropsDown)
            return;
        World.Expect(_owed.Count == 0, $"{this} waits in vain for {Line.Show(_owed.FirstOrDefault() ?? "")}");
        World.Expect(_nextChat == world.Server.Chats.Count, $"{this} has {_nextChat} of {world.Server.Chats.Count} chats");
    }

    internal void CheckEnded()
    {
        World.Expect((_session is not null && Far is not null) || MayFail || _near is null, $"{this} did not connect");
        foreach (WsSession session in ((WsSession?[])[_session, Far]).OfType<WsSession>())
            World.Expect(session is { CloseResult: not null, BufferedBytes: 0 }, "not all of the end: " + Describe());
        if (_session is null || Far is null)
            return;
        World.Expect(
            !IsOverflown || SendOverflow.Close == (Far.CloseCause == WsCloseCause.Overflow ? world.Server.Overflow : Overflow),
            "overflow without the option");
        bool clean = _session.ClosedCleanly && Far.ClosedCleanly;
        World.Expect(clean || MayFail || IsOverflown, "closed, but not cleanly: " + Describe());
        // Who closes need not take more than the backlog. Where the oldest may be dropped, so is what could not be encoded in time: because
        // the peer has
        // closed, or behind half a message.
        Up.Check(
            clean
                && (world.Server.KeepsAll || Far.CloseCause == WsCloseCause.Peer)
                && (!DropsUp || (_session.CloseCause == WsCloseCause.Local && !_isInPieces)),
            DropsUp);
        Down.Check(
            clean
                && (Setting(Kind.ReceiveBacklog, 0) == 0 || _session.CloseCause == WsCloseCause.Peer)
                && (!DropsDown || Far.CloseCause == WsCloseCause.Local),
            DropsDown);
    }

    private int Setting(Kind kind, int otherwise, bool back = false) =>
        Array.Find(_acts, act => act.Kind == kind && act.Back == back)?.Value ?? otherwise;

    private MemoryTransportOptions Network(bool back)
    {
        int most = Setting(Kind.Cut, int.MaxValue, back);
        // Of its own, so that it does the same when others are left out.
        var random = new Random((world.Seed * 1000) + (2 * who) + (back ? 1 : 0));
        string name = back ? $"{this} gets" : $"server gets from {this}";
        return new MemoryTransportOptions
        {
            TimeProvider = world.Time,
            Capacity = Setting(Kind.Capacity, 64 * 1024, back),
            Delay = TimeSpan.FromMilliseconds(Setting(Kind.Delay, 0, back)),
            BreakAfter = At(Kind.BreakAt),
            EndAfter = At(Kind.EndAt),
            StallAfter = At(Kind.StallAt),
            Chunk = available =>
            {
                int count = Math.Min(available, most == int.MaxValue ? most : random.Next(1, most + 1));
                world.Deliver(name, count);
                return count;
            },
        };

        long? At(Kind kind) => Array.Find(_acts, act => act.Kind == kind && act.Back == back)?.Value;
    }

    private async Task ConnectAsync(bool refused)
    {
        (_near, _transport) = MemoryTransport.CreatePair(Network(back: false), Network(back: true));
        world.Watch(world.Server.ServeAsync(this, _transport));
        var uri = new Uri("ws://simulated" + (refused ? RefusedTarget : "/"));
        Request request =
            Request.FromUri(uri) with { Extensions = _acts.Any(act => act.Kind == Kind.Deflate) ? [new PerMessageDeflate()] : [] };
        try
        {
            _session = await WsSession.ConnectAsync(_near, request, new WsConnectOptions { Session = world.Configure(who) });
        }
        catch (Exception e) when (e is WsHandshakeException or TimeoutException && MayFail)
        {
            World.Expect(
                !refused || e is not WsHandshakeException { StatusCode: not (403 or null) },
                $"{this} was not refused as it should be: {e.Message}");
            world.Note($"{this} did not connect: {e.Message}");
            return;
        }

        world.Note($"{this} connected");
        while (await ReceiveAsync(_session) is { } message)
            Take(TextOf(message));
        await _session.Completion;
        world.Note($"{this} ended, {_session.CloseCause} {_session.Closed!.Code}");
    }

    private async ValueTask<Message?> ReceiveAsync(WsSession session)
    {
        if (_awake > world.Time.Now)
            await Task.Delay(_awake - world.Time.Now, world.Time);
        return await session.ReceiveAsync();
    }

    private void Take(string text)
    {
        world.Note($"{this} received {Line.Show(text)}");
        Down.Receive(text);
        _owed.Remove(text);
        if (text[0] != 'c')
            return;
        int chat = int.Parse(text.AsSpan(1, text.IndexOf('.', StringComparison.Ordinal) - 1), CultureInfo.InvariantCulture);
        World.Expect(chat == _nextChat || (chat > _nextChat && DropsDown), $"{this} received chat {chat} where {_nextChat} was next");
        _nextChat = chat + 1;
        World.Expect(
            MayFail || world.Time.Now - world.Server.Chats[chat] < _soon,
            $"{this} received chat {chat} of {world.Server.Chats[chat]} late");
    }

    private async Task UseAsync(WsSession session, Act act)
    {
        world.Count(act);
        switch (act.Kind)
        {
            case Kind.Note:
                await SendAsync(session, 'n', act.Value);
                break;
            case Kind.CancelledNote:
                using (var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(act.Value), world.Time))
                    await SendAsync(session, 'n', act.Value, cancellation.Token);
                break;
            case Kind.Echo:
                await SendAsync(session, 'e', act.Value);
                break;
            case Kind.Ask:
                await SendAsync(session, 'a', act.Value);
                break;
            case Kind.Chat:
                await SendAsync(session, 'c', act.Value);
                break;
            case Kind.Pieces:
                await SendPiecesAsync(session, act.Value);
                break;
            case Kind.Ping:
                await PingAsync(session);
                break;
            case Kind.Nap:
                _awake = world.Time.Now + TimeSpan.FromMilliseconds(act.Value);
                break;
            case Kind.Leave:
                await TryAsync(session, () => session.SendAsync(new CloseConnection((CloseCode)4001, "bye")));
                break;
            case Kind.Close:
                await CloseAsync(session);
                break;
            case Kind.Dispose:
                await session.DisposeAsync();
                break;
            case Kind.Abort:
                session.Abort();
                break;
            case Kind.Kick when Far is not null:
                await CloseAsync(Far);
                break;
            case Kind.Expel:
                Far?.Abort();
                break;
        }
    }

    private void Disturb(Act act)
    {
        world.Count(act);
        MemoryTransport from = act.Back ? _transport! : _near!;
        if (act.Kind == Kind.Stall)
            from.Stall();
        else if (act.Kind == Kind.Resume)
            from.Resume();
        else if (act.Kind == Kind.Break)
            from.Break();
    }

    private async Task SendAsync(WsSession session, char kind, int size, CancellationToken cancellation = default)
    {
        string text = $"{kind}{who}.{_count++}." + new string('x', size);
        int place = Up.Send(text);
        if (kind is 'e' or 'a')
            _owed.Add(text);
        if (await TryAsync(
            session,
            () => _count % 2 == 0 ? session.SendAsync(text, cancellation) : session.SendAsync(Encoding.UTF8.GetBytes(text), cancellation)))
            return;
        Up.Refuse(place);
        _owed.Remove(text);
    }

    /// <summary>A message in three pieces, with time between them. One at a time: pieces of two are not told apart.</summary>
    private async Task SendPiecesAsync(WsSession session, int pause)
    {
        if (_isInPieces)
            return;
        _isInPieces = true;
        string text = $"n{who}.{_count++}.pieces";
        int place = Up.Send(text);
        for (int i = 0; i < 3; i++)
        {
            var piece = new TextMessage(i < 2 ? text.Substring(2 * i, 2) : text[4..]) { MessageFinished = i == 2 };
            if (!await TryAsync(session, () => session.SendAsync(piece)))
            {
                Up.Refuse(place);
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(pause), world.Time);
        }

        _isInPieces = false;
    }

    private async Task PingAsync(WsSession session)
    {
        string name = $"pong {_count++}";
        _owed.Add(name);
        await TryAsync(session, async () => await session.PingAsync());
        _owed.Remove(name);
    }

    private async Task CloseAsync(WsSession session)
    {
        TimeSpan start = world.Time.Now;
        await session.CloseAsync((CloseCode)4000, "done");
        World.Expect(world.Time.Now - start < _soon, $"{this}: closing took {world.Time.Now - start}");
    }

    /// <returns>False if it was cancelled, or refused because the session has ended.</returns>
    private static async Task<bool> TryAsync(WsSession session, Func<ValueTask> call)
    {
        try
        {
            await call();
            return true;
        }
        catch (Exception e) when (e is OperationCanceledException or TimeoutException || (e is WsClosedException && HasEnded(session)))
        {
            return false;
        }
    }
}
