// What happens in a simulation, as a list that is drawn from one number before anything happens. Whatever is left out of the list, the rest
// can still be run: so a plan that fails can be made smaller. A client without its Connect does not exist, a network without its faults is
// a good one.

using System;
using System.Collections.Generic;
using System.Linq;

namespace WsProto.Adapters.Tests.Simulation;

internal enum Kind
{
    // How a session is set up: a client's, or all of the server's.
    Overflow,
    SendBacklog,
    SendMessages,
    ReceiveBacklog,
    KeepAlive,
    Deflate,

    // How one direction of a client's connection behaves: from the server where Back is set.
    Capacity,
    Delay,
    Cut,
    BreakAt,
    EndAt,
    StallAt,

    // What a client does.
    Connect,
    ConnectRefused,
    Note,
    CancelledNote,
    Echo,
    Ask,
    Chat,
    Pieces,
    Ping,
    Nap,
    Close,
    Leave,
    Dispose,
    Abort,

    // What the server does with a client.
    Kick,
    Expel,

    // What the network does.
    Stall,
    Resume,
    Break,
}

/// <param name="At">When, in milliseconds.</param>
/// <param name="Who">Which client; <see cref="Plan.Server"/> for the server.</param>
/// <param name="Kind">What.</param>
/// <param name="Value">How much: bytes or milliseconds.</param>
/// <param name="Back">Of the network: whether the direction from the server is meant.</param>
internal sealed record Act(int At, int Who, Kind Kind, int Value = 0, bool Back = false)
{
    public override string ToString() =>
        $"{At,7} {(Who == Plan.Server ? "server" : $"client {Who}")} {Kind} {Value}{(Back ? " back" : "")}";
}

internal sealed class Plan(int seed)
{
    internal const int Server = -1;

    private static readonly Kind[] _uses =
    [
        Kind.Chat, Kind.Chat, Kind.Chat, Kind.Echo, Kind.Echo, Kind.Echo, Kind.Ask, Kind.Ask, Kind.Note, Kind.CancelledNote,
        Kind.CancelledNote, Kind.Pieces, Kind.Ping, Kind.Nap,
    ];

    private readonly Random _random = new(seed);
    private readonly List<Act> _acts = [];

    /// <summary>The acts in the order of their times.</summary>
    internal static Act[] Draw(int seed) => new Plan(seed).Draw();

    /// <summary>
    /// The shortest part of the acts it can find that still fails: without ever smaller pieces of the list, which are whole clients at
    /// first.
    /// </summary>
    internal static Act[] Shrink(Act[] acts, Func<Act[], bool> fails)
    {
        acts = [.. acts.OrderBy(act => act.Who)];
        for (int size = acts.Length / 2; size > 0; size /= 2)
        {
            bool shorter = false;
            for (int i = 0; i < acts.Length;)
            {
                Act[] fewer = [.. acts[..i], .. acts[Math.Min(i + size, acts.Length)..]];
                bool isEnough = fails(InTime(fewer));
                acts = isEnough ? fewer : acts;
                shorter |= isEnough;
                i += isEnough ? 0 : size;
            }

            // What one act was needed for may be gone now.
            if (size == 1 && shorter)
                size = 2;
        }

        return InTime(acts);
    }

    private static Act[] InTime(IEnumerable<Act> acts) => [.. acts.OrderBy(act => act.At)];

    private Act[] Draw()
    {
        int length = Pick(300, 3000, 30_000);
        int clients = Pick(2, 3, 5, 10, 20, 50);
        DrawSession(Server, mayOverflow: true);
        for (int who = 0; who < clients; who++)
            DrawClient(who, length);
        return InTime(_acts);
    }

    private void DrawClient(int who, int length)
    {
        int from = _random.Next(length / 2);
        bool isFaulty = Chance(30);
        DrawSession(who, mayOverflow: Chance(20));
        foreach (bool back in (bool[])[false, true])
            DrawNetwork(who, back, isFaulty);
        _acts.Add(new Act(from, who, Chance(3) ? Kind.ConnectRefused : Kind.Connect));
        for (int i = _random.Next(60); i > 0; i--)
        {
            Kind kind = _uses[_random.Next(_uses.Length)];
            int size = kind == Kind.Echo && Chance(2) ? 70_000 : Chance(5) ? 2000 : Pick(0, 3, 120, 300);
            _acts.Add(new Act(Time(from, length), who, kind, kind == Kind.Nap ? Pick(10, 500, 2000) : size));
        }

        for (int i = isFaulty ? _random.Next(5) : 0; i > 0; i--)
            _acts.Add(new Act(Time(from, length), who, Chance(60) ? Kind.Stall : Chance(80) ? Kind.Resume : Kind.Break, Back: Chance(50)));
        if (Chance(30))
            _acts.Add(new Act(Time(from, length), who, Kind.Close + _random.Next(Kind.Expel - Kind.Close + 1)));
    }

    /// <summary>Rarely often, so that most sessions work as they do by default.</summary>
    private void DrawSession(int who, bool mayOverflow)
    {
        if (mayOverflow)
            _acts.Add(new Act(0, who, Kind.Overflow, _random.Next(3)));
        if (Chance(30))
            _acts.Add(new Act(0, who, Kind.SendBacklog, Pick(1, 200, 4000)));
        if (Chance(20))
            _acts.Add(new Act(0, who, Kind.SendMessages, Pick(1, 3)));
        if (Chance(30))
            _acts.Add(new Act(0, who, Kind.ReceiveBacklog, Pick(1, 200, 4000)));
        if (Chance(50))
            _acts.Add(new Act(0, who, Kind.KeepAlive, Pick(0, 2000, 5000)));
        if (Chance(20))
            _acts.Add(new Act(0, who, Kind.Deflate));
    }

    private void DrawNetwork(int who, bool back, bool isFaulty)
    {
        if (Chance(60))
            _acts.Add(new Act(0, who, Kind.Delay, Pick(1, 5, 20, isFaulty ? 500 : 10), back));
        if (Chance(50))
            _acts.Add(new Act(0, who, Kind.Cut, Chance(5) ? Pick(1, 10) : Pick(200, 1000, 4000), back));
        if (Chance(30))
            _acts.Add(new Act(0, who, Kind.Capacity, isFaulty ? Pick(20, 100, 1000) : 1000, back));
        if (isFaulty && Chance(30))
            _acts.Add(new Act(0, who, Kind.BreakAt + _random.Next(3), _random.Next(Pick(300, 3000)), back));
    }

    /// <summary>Half of all acts share their moment with others.</summary>
    private int Time(int from, int length)
    {
        int at = _random.Next(from, length);
        return Chance(50) ? at : at / 100 * 100;
    }

    private bool Chance(int percent) => _random.Next(100) < percent;

    private int Pick(params ReadOnlySpan<int> values) => values[_random.Next(values.Length)];
}
