// Two connections and a queue of bytes in each direction. A test determines when bytes move, and how many.

using System;
using System.Collections.Generic;
using System.Linq;
using WsProto.Testing.Generators;

namespace WsProto.Testing;

/// <summary>A client and a server, connected in memory.</summary>
/// <remarks>
/// What one end sends waits until it is carried to the other: at once with <see cref="Send"/>, in pieces with <see cref="Carry"/>,
/// everything including all answers with <see cref="Run"/>, or never after <see cref="Break"/>. There are no threads, no clock and no
/// random numbers: the same calls give the same events.
/// </remarks>
public sealed class Link : IDisposable
{
    /// <summary>The number of events after which two ends that still send are considered endless.</summary>
    private const int MaxEvents = 100_000;

    private readonly End _client;
    private readonly End _server;

    /// <summary>Connects two ends, in any state. The link disposes of them.</summary>
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

    /// <summary>Gets the end with a role.</summary>
    /// <param name="role">The role.</param>
    public WsConnection this[ConnectionRole role] => EndOf(role).Connection;

    /// <summary>Creates two ends after a handshake that happened elsewhere.</summary>
    /// <param name="options">The options of both ends; null for the defaults.</param>
    /// <returns>The link.</returns>
    public static Link Established(WsConnectionOptions? options = null) =>
        new(
            WsConnection.Established(ConnectionRole.Client, options: options),
            WsConnection.Established(ConnectionRole.Server, options: options));

    /// <summary>Creates two ends, and does the handshake. Its events are not among those of <see cref="EventsOf"/>.</summary>
    /// <param name="request">The client's request; null for a request for <c>/</c>.</param>
    /// <param name="accept">The server's answer; null for one without subprotocol and extensions.</param>
    /// <param name="options">The options of both ends; null for the defaults.</param>
    /// <returns>The link.</returns>
    /// <exception cref="UnexpectedOutcomeException">The handshake failed.</exception>
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

    /// <summary>Gets the other end.</summary>
    /// <param name="role">The role of this end.</param>
    /// <returns>The end with the other role.</returns>
    public WsConnection PeerOf(ConnectionRole role) => PeerEndOf(role).Connection;

    /// <summary>Gets all events that an end has read from this link.</summary>
    /// <param name="role">The role of the end.</param>
    /// <returns>The events, in order.</returns>
    public IReadOnlyList<WsEvent> EventsOf(ConnectionRole role) => EndOf(role).Events;

    /// <summary>Gets the number of bytes that wait to be carried to an end.</summary>
    /// <param name="receiver">The role of the end.</param>
    /// <returns>The number of bytes.</returns>
    public int WaitingFor(ConnectionRole receiver) => EndOf(receiver).Wire.Count;

    /// <summary>
    /// Sets how an end answers each event that it reads from now on. The answers are sent at once, and wait to be carried. Without it, an
    /// end sends no answers.
    /// </summary>
    /// <param name="role">The role of the end.</param>
    /// <param name="answer">Returns the answers, for example a method of a protocol that takes an event and returns events.</param>
    public void Answer(ConnectionRole role, Func<WsEvent, IEnumerable<WsEvent>> answer) => EndOf(role).Answer = answer;

    /// <summary>Sends an event, and carries everything that waits to the other end.</summary>
    /// <param name="sender">The role of the end that sends.</param>
    /// <param name="e">The event.</param>
    /// <returns>The events that the other end reads.</returns>
    /// <exception cref="LocalProtocolException">The event cannot be sent in this state; see <see cref="WsConnection.CanSend"/>.</exception>
    public IReadOnlyList<WsEvent> Send(ConnectionRole sender, WsEvent e)
    {
        Post(sender, e);
        return Carry(PeerOf(sender).Role);
    }

    /// <summary>Sends an event, which then waits to be carried.</summary>
    /// <param name="sender">The role of the end that sends.</param>
    /// <param name="e">The event.</param>
    /// <exception cref="LocalProtocolException">The event cannot be sent in this state; see <see cref="WsConnection.CanSend"/>.</exception>
    public void Post(ConnectionRole sender, WsEvent e)
    {
        End peer = PeerEndOf(sender);
        foreach (byte octet in this[sender].Send(e))
        {
            if (!peer.IsBroken)
                peer.Wire.Enqueue(octet);
        }
    }

    /// <summary>Carries bytes to an end, in one piece. The end reads all events and answers them.</summary>
    /// <param name="receiver">The role of the end.</param>
    /// <param name="maxBytes">The maximum number of bytes; all by default.</param>
    /// <returns>The events that the end reads.</returns>
    public IReadOnlyList<WsEvent> Carry(ConnectionRole receiver, int maxBytes = int.MaxValue) =>
        Bring(EndOf(receiver), maxBytes, Cutting.None);

    /// <summary>
    /// Breaks the transport in the direction to an end: the bytes that wait and all later ones are lost, and the stream ends. The end reads
    /// all events and answers them. The other direction is not affected.
    /// </summary>
    /// <param name="receiver">The role of the end.</param>
    /// <returns>The events that the end reads.</returns>
    public IReadOnlyList<WsEvent> Break(ConnectionRole receiver)
    {
        End end = EndOf(receiver);
        end.IsBroken = true;
        end.Wire.Clear();
        end.Connection.ReceiveEndOfStream();
        return Read(end);
    }

    /// <summary>Carries bytes in both directions, in turn, until none wait and no end sends any more.</summary>
    /// <remarks>
    /// When an end is Closed and everything that it sent has arrived, it closes its transport: the stream ends for the other end.
    /// </remarks>
    /// <param name="cutting">
    /// How to split the bytes, for both directions; null to carry all that wait at once. Events are read after each piece.
    /// </param>
    /// <param name="maxBytes">
    /// The number of bytes, of both directions together, after which to stop. With <see cref="Break"/> it simulates the loss of a
    /// connection at any point.
    /// </param>
    /// <returns>The number of bytes that were carried.</returns>
    /// <exception cref="UnexpectedOutcomeException">The ends still send after 100,000 events.</exception>
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
                    $"The ends still send after {MaxEvents} events, the last of which is {end.Events.LastOrDefault()}");
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

    /// <summary>Ends the stream from an end that is Closed. Returns true if there was one.</summary>
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

    /// <summary>An end, the bytes that wait for it, and the events that it has read.</summary>
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
