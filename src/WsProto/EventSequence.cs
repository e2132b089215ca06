namespace WsProto;

/// <summary>
/// The events of a connection, for <c>foreach</c>. Enumerating is calling <see cref="WsConnection.TryReadEvent"/>; nothing is allocated for
/// it. The default value is empty.
/// </summary>
public readonly struct EventSequence
{
    private readonly WsConnection? _connection;

    internal EventSequence(WsConnection connection) => _connection = connection;

    /// <summary>Begins to read.</summary>
    public Enumerator GetEnumerator() => new(_connection);

    /// <summary>Reads events one by one, up to the last that the received bytes give.</summary>
    public struct Enumerator
    {
        private readonly WsConnection? _connection;
        private WsEvent? _current;

        internal Enumerator(WsConnection? connection) => _connection = connection;

        /// <summary>The event that was read last.</summary>
        public readonly WsEvent Current => _current!;

        /// <summary>Reads the next event.</summary>
        public bool MoveNext() => _connection is not null && _connection.TryReadEvent(out _current);
    }
}
