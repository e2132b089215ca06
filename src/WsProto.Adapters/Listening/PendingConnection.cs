namespace WsProto.Adapters.Listening;

/// <summary>A connection to a listener, from its acceptance until nothing is left of it; it takes one place.</summary>
internal sealed class PendingConnection
{
    /// <summary>Null while the handshake goes on.</summary>
    internal WsSession? Session { get; set; }
}
