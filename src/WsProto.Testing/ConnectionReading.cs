using System;
using System.Collections.Generic;

namespace WsProto.Testing;

/// <summary>Reads events into lists, which tests can compare.</summary>
public static class ConnectionReading
{
    /// <summary>All events that can be read now.</summary>
    /// <param name="connection">The connection.</param>
    public static IReadOnlyList<WsEvent> ReadAll(this WsConnection connection)
    {
        var events = new List<WsEvent>();
        connection.ReadAll(events);
        return events;
    }

    /// <summary>All events that some bytes give.</summary>
    /// <param name="connection">The connection that receives them.</param>
    /// <param name="bytes">The bytes.</param>
    public static IReadOnlyList<WsEvent> Read(this WsConnection connection, byte[] bytes)
    {
        connection.Receive(bytes);
        return connection.ReadAll();
    }

    internal static void ReadAll(this WsConnection connection, List<WsEvent> events, Action<WsConnection, WsEvent>? act = null)
    {
        foreach (WsEvent e in connection.ReadEvents())
        {
            events.Add(e);
            act?.Invoke(connection, e);
        }
    }
}
