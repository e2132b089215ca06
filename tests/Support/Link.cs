// Two connections and the wire between them: what one sends, the other reads.

using WsProto.Events;

namespace WsProto.Tests;

internal sealed class Link : IDisposable
{
    public Link(WsConnection client, WsConnection server)
    {
        Client = client;
        Server = server;
    }

    public WsConnection Client { get; }

    public WsConnection Server { get; }

    /// <summary>Two ends after a handshake that happened elsewhere.</summary>
    public static Link Established(ConnectionOptions? options = null) =>
        new(WsConnection.Established(ConnectionRole.Client, options: options), WsConnection.Established(ConnectionRole.Server, options: options));

    /// <summary>Two ends, connected by the handshake.</summary>
    public static Link Connected(Request? request = null, AcceptConnection? accept = null, ConnectionOptions? options = null)
    {
        var link = new Link(new WsConnection(ConnectionRole.Client, options), new WsConnection(ConnectionRole.Server, options));
        Assert.IsType<Request>(Assert.Single(link.Send(ConnectionRole.Client, request ?? new Request("example.com", "/"))));
        Assert.IsType<AcceptConnection>(Assert.Single(link.Send(ConnectionRole.Server, accept ?? new AcceptConnection())));
        return link;
    }

    public WsConnection this[ConnectionRole role] => role == ConnectionRole.Client ? Client : Server;

    public WsConnection PeerOf(ConnectionRole role) => role == ConnectionRole.Client ? Server : Client;

    /// <summary>Sends an event and gives what the other end reads.</summary>
    public List<WsEvent> Send(ConnectionRole sender, WsEvent e)
    {
        WsConnection peer = PeerOf(sender);
        peer.Receive(this[sender].Send(e));
        return peer.ReadAll();
    }

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
    }
}

internal static class ConnectionReading
{
    /// <summary>All events that can be read now.</summary>
    public static List<WsEvent> ReadAll(this WsConnection connection)
    {
        var events = new List<WsEvent>();
        foreach (WsEvent e in connection.Events())
            events.Add(e);
        return events;
    }

    /// <summary>All events that some bytes give.</summary>
    public static List<WsEvent> Read(this WsConnection connection, byte[] bytes)
    {
        connection.Receive(bytes);
        return connection.ReadAll();
    }
}
