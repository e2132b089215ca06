// Two connections and the wire between them, a queue of bytes each way. Nothing moves by itself: a test carries as many bytes as it likes.

using System;
using System.Collections.Generic;
using System.Linq;
using WsProto.Testing.Generators;

namespace WsProto.Testing;

/// <summary>
/// A client and a server, joined in memory. What one end sends waits on the wire until it is carried to the other: at once
/// (<see cref="Send"/>), piece by piece (<see cref="Carry"/>), all of it with all that is answered (<see cref="Run"/>), or never
/// (<see cref="Break"/>). There is no thread, no time and no chance in it: the same calls give the same events.
/// </summary>
public sealed class Link : IDisposable
{
    /// <summary>Two ends that have more to say after so many events will never be quiet.</summary>
    private const int MaxEvents = 100_000;

    private readonly End _client;
    private readonly End _server;

    /// <summary>Joins two connections, wherever in their life they are. They are disposed of with the link.</summary>
    /// <param name="client">The client's end.</param>
    /// <param name="server">The server's end.</param>
    public Link(WsConnection client, WsConnection server)
    {
        _client = new End(client);
        _server = new End(server);
    }

    /// <summary>The client's end.</summary>
    public WsConnection Client => _client.Connection;

    /// <summary>The server's end.</summary>
    public WsConnection Server => _server.Connection;

    /// <summary>The end that has a role.</summary>
    /// <param name="role">The role.</param>
    public WsConnection this[ConnectionRole role] => EndOf(role).Connection;

    /// <summary>Two ends after a handshake that happened elsewhere.</summary>
    /// <param name="options">Options of both.</param>
    public static Link Established(WsConnectionOptions? options = null) =>
        new(WsConnection.Established(ConnectionRole.Client, options: options), WsConnection.Established(ConnectionRole.Server, options: options));

    /// <summary>Two ends, connected by the handshake, whose events are not among those of <see cref="EventsOf"/>.</summary>
    /// <param name="request">What the client asks for; a request for <c>/</c> by default.</param>
    /// <param name="accept">How the server accepts it; plainly by default.</param>
    /// <param name="options">Options of both.</param>
    /// <exception cref="UnexpectedOutcomeException">They are not connected by that.</exception>
    public static Link Connected(Request? request = null, AcceptConnection? accept = null, WsConnectionOptions? options = null)
    {
        var link = new Link(new WsConnection(ConnectionRole.Client, options), new WsConnection(ConnectionRole.Server, options));
        IReadOnlyList<WsEvent> asked = link.Send(ConnectionRole.Client, request ?? new Request("example.com", "/"));
        if (asked is not [Request])
            throw new UnexpectedOutcomeException($"The server read no request: {string.Join(" | ", asked)}");
        IReadOnlyList<WsEvent> answered = link.Send(ConnectionRole.Server, accept ?? new AcceptConnection());
        if (answered is not [AcceptConnection])
            throw new UnexpectedOutcomeException($"The client was not accepted: {string.Join(" | ", answered)}");
        link._server.Events.Clear();
        link._client.Events.Clear();
        return link;
    }

    /// <summary>The end at the other side.</summary>
    /// <param name="role">The role of this side.</param>
    public WsConnection PeerOf(ConnectionRole role) => PeerEndOf(role).Connection;

    /// <summary>All events that an end has read from this link, in order.</summary>
    /// <param name="role">The end.</param>
    public IReadOnlyList<WsEvent> EventsOf(ConnectionRole role) => EndOf(role).Events;

    /// <summary>How many bytes are on the wire to an end.</summary>
    /// <param name="receiver">The end that has not received them yet.</param>
    public int WaitingFor(ConnectionRole receiver) => EndOf(receiver).Wire.Count;

    /// <summary>
    /// What an end says to each event it reads from now on, such as the method of a protocol that takes an event and gives events. It goes
    /// onto the wire at once. Without this an end says nothing by itself.
    /// </summary>
    /// <param name="role">The end.</param>
    /// <param name="answer">What it says.</param>
    public void Answer(ConnectionRole role, Func<WsEvent, IEnumerable<WsEvent>> answer) => EndOf(role).Answer = answer;

    /// <summary>Sends an event onto the wire, and carries all that is there to the other end.</summary>
    /// <param name="sender">The end that sends.</param>
    /// <param name="e">The event.</param>
    /// <returns>What the other end reads.</returns>
    /// <exception cref="LocalProtocolException">The state forbids it; see <see cref="WsConnection.CanSend"/>.</exception>
    public IReadOnlyList<WsEvent> Send(ConnectionRole sender, WsEvent e)
    {
        Post(sender, e);
        return Carry(PeerOf(sender).Role);
    }

    /// <summary>Sends an event onto the wire, where it waits.</summary>
    /// <param name="sender">The end that sends.</param>
    /// <param name="e">The event.</param>
    /// <exception cref="LocalProtocolException">The state forbids it; see <see cref="WsConnection.CanSend"/>.</exception>
    public void Post(ConnectionRole sender, WsEvent e)
    {
        End peer = PeerEndOf(sender);
        foreach (byte octet in this[sender].Send(e))
        {
            if (!peer.IsBroken)
                peer.Wire.Enqueue(octet);
        }
    }

    /// <summary>Carries bytes to an end, in one piece. It reads all events and answers them.</summary>
    /// <param name="receiver">The end.</param>
    /// <param name="maxBytes">The most bytes to carry; all by default.</param>
    /// <returns>What it reads.</returns>
    public IReadOnlyList<WsEvent> Carry(ConnectionRole receiver, int maxBytes = int.MaxValue) =>
        Bring(EndOf(receiver), maxBytes, Cutting.None);

    /// <summary>
    /// Loses the transport on its way to an end: what waits there never arrives, nor does what is sent later, and the stream ends. It reads
    /// all events and answers them. The other direction stays as it is.
    /// </summary>
    /// <param name="receiver">The end.</param>
    /// <returns>What it reads.</returns>
    public IReadOnlyList<WsEvent> Break(ConnectionRole receiver)
    {
        End end = EndOf(receiver);
        end.IsBroken = true;
        end.Wire.Clear();
        end.Connection.ReceiveEndOfStream();
        return Read(end);
    }

    /// <summary>
    /// Carries bytes both ways, a piece to the server and one to the client in turn, until the wire is empty and nobody has more to say.
    /// When an end is Closed and all that it sent has arrived, it closes its transport: the stream ends for the other.
    /// </summary>
    /// <param name="cutting">The pieces, the same for both ends; all that waits at once by default. Events are read after each.</param>
    /// <param name="maxBytes">
    /// Stop after so many bytes, both ways together: with <see cref="Break"/>, the loss of a connection at any point.
    /// </param>
    /// <returns>How many bytes were carried.</returns>
    /// <exception cref="UnexpectedOutcomeException">The ends do not come to rest within 100,000 events.</exception>
    public int Run(Cutting? cutting = null, int maxBytes = int.MaxValue)
    {
        cutting ??= Cutting.None;
        int before = _client.Events.Count + _server.Events.Count;
        int left = maxBytes;
        int turn = 0;
        while (left > 0 && (_client.Wire.Count > 0 || _server.Wire.Count > 0 || HangUp()))
        {
            End end = turn % 2 == 0 ? _server : _client;
            int count = Math.Min(Math.Min(cutting.SizeOf(turn / 2), end.Wire.Count), left);
            Bring(end, count, cutting);
            left -= count;
            turn++;
            if (_client.Events.Count + _server.Events.Count - before > MaxEvents)
                throw new UnexpectedOutcomeException(
                    $"After {MaxEvents} events the ends have still more to say, at last {end.Events.LastOrDefault()}");
        }

        return maxBytes - left;
    }

    /// <summary>Disposes of both ends.</summary>
    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
    }

    private End EndOf(ConnectionRole role) => role == ConnectionRole.Client ? _client : _server;

    private End PeerEndOf(ConnectionRole role) => role == ConnectionRole.Client ? _server : _client;

    private List<WsEvent> Bring(End end, int maxBytes, Cutting cutting)
    {
        byte[] piece = new byte[Math.Min(maxBytes, end.Wire.Count)];
        for (int i = 0; i < piece.Length; i++)
            piece[i] = end.Wire.Dequeue();
        cutting.Give(end.Connection, piece);
        return Read(end);
    }

    private List<WsEvent> Read(End end)
    {
        var events = new List<WsEvent>();
        foreach (WsEvent e in end.Connection.ReadEvents())
        {
            events.Add(e);
            end.Events.Add(e);
            foreach (WsEvent answer in end.Answer(e))
                Post(end.Connection.Role, answer);
        }

        return events;
    }

    /// <summary>Ends the stream from an end that is Closed. True if there was one to end.</summary>
    private bool HangUp()
    {
        foreach (ConnectionRole role in (ReadOnlySpan<ConnectionRole>)[ConnectionRole.Server, ConnectionRole.Client])
        {
            if (this[role].State == ConnectionState.Closed && !PeerEndOf(role).IsBroken)
            {
                Break(PeerOf(role).Role);
                return true;
            }
        }

        return false;
    }

    /// <summary>An end, what is on the wire to it, and what it has read.</summary>
    private sealed class End(WsConnection connection)
    {
        public WsConnection Connection => connection;

        public Queue<byte> Wire { get; } = [];

        public List<WsEvent> Events { get; } = [];

        public Func<WsEvent, IEnumerable<WsEvent>> Answer { get; set; } = _ => [];

        /// <summary>Whether its stream has ended.</summary>
        public bool IsBroken { get; set; }
    }
}
