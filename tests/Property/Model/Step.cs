namespace WsProto.Tests.Model;

/// <summary>What can happen at one end, or on the wire towards it.</summary>
internal enum Deed
{
    // The caller of this end sends.
    Request,
    Accept,
    Reject,
    RejectHead,
    RejectPart,
    RejectEnd,

    /// <summary>Text that ends a message: a whole one, or the last fragment.</summary>
    Text,

    /// <summary>Text that begins a message or goes on with it.</summary>
    TextPart,
    Bytes,
    BytesPart,
    Ping,
    Pong,

    /// <summary>The answer to what has closed or broken the connection, or a Close of its own.</summary>
    Close,

    // The wire towards this end.

    /// <summary>The next packet arrives, or the end of the stream behind the last one.</summary>
    Deliver,

    /// <summary>The wire breaks behind what is on it.</summary>
    EndOfStream,

    /// <summary>The peer's end of the wire gets octets that no endpoint sends.</summary>
    Violate,
}

internal readonly record struct Step(ConnectionRole Role, Deed Deed)
{
    public static readonly Deed[] Sends = [.. Enum.GetValues<Deed>().Where(deed => deed < Deed.Deliver)];

    public static readonly ConnectionRole[] Roles = [ConnectionRole.Client, ConnectionRole.Server];

    public bool IsSend => Deed < Deed.Deliver;

    public static ConnectionRole PeerOf(ConnectionRole role) =>
        role == ConnectionRole.Client ? ConnectionRole.Server : ConnectionRole.Client;

    /// <summary>The event that a deed sends. A Close that answers, and the refusal of a bad request, are the world's to know.</summary>
    public WsEvent Event() => Deed switch
    {
        Deed.Request => new Request("example.com", "/"),
        Deed.Accept => new AcceptConnection(),
        Deed.Reject => new RejectConnection(),
        Deed.RejectHead => new RejectConnection { HasBody = true },
        Deed.RejectPart => new RejectData("no"u8.ToArray(), bodyFinished: false),
        Deed.RejectEnd => new RejectData(default),
        Deed.Text => new TextMessage("."),
        Deed.TextPart => new TextMessage("é") { MessageFinished = false },
        Deed.Bytes => new BytesMessage("."u8.ToArray()),
        Deed.BytesPart => new BytesMessage(new byte[] { 0xFF }) { MessageFinished = false },
        Deed.Ping => new Ping("?"u8.ToArray()),
        Deed.Pong => new Pong("!"u8.ToArray()),
        _ => new CloseConnection(Role == ConnectionRole.Client ? CloseCode.NormalClosure : CloseCode.GoingAway),
    };

    public override string ToString() => $"{Role}.{Deed}";
}
