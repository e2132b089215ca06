using System;
using System.Collections.Generic;

namespace WsProto.Testing;

/// <summary>Reads events into lists that tests can compare.</summary>
public static class ConnectionReading
{
    /// <summary>Reads all events that are available.</summary>
    /// <param name="connection">The connection.</param>
    /// <returns>The events, in order.</returns>
    public static IReadOnlyList<WsEvent> ReadAll(this WsConnection connection)
    {
        var events = new List<WsEvent>();
        connection.ReadAll(events);
        return events;
    }

    /// <summary>Receives bytes, and reads all events that follow.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="bytes">The bytes.</param>
    /// <returns>The events, in order.</returns>
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
