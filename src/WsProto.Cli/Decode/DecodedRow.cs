namespace WsProto.Cli.Decode;

/// <summary>Who has sent something.</summary>
internal enum Side
{
    Client = 0,
    Server = 1,
}

/// <summary>A line of what was found.</summary>
/// <param name="Side">Who has sent it; null for what is of the connection.</param>
/// <param name="Ticks">When, as in the capture.</param>
/// <param name="What">What it is: a kind of frame, or an event.</param>
internal sealed record DecodedRow(Side? Side, long Ticks, string What)
{
    /// <summary>The number of the connection in the file, from 1.</summary>
    public int Connection { get; init; }

    /// <summary>The bits of a frame that are set.</summary>
    public string Flags { get; init; } = "";

    /// <summary>The masking key of a frame in hexadecimal.</summary>
    public string Mask { get; init; } = "";

    /// <summary>The length of a payload as it was sent.</summary>
    public ulong? Length { get; init; }

    /// <summary>The length of the payload after inflating; null where nothing was inflated.</summary>
    public ulong? Inflated { get; init; }

    /// <summary>What was in it, or what happened; of a peer, so it may hold anything.</summary>
    public string Text { get; init; } = "";

    /// <summary>What is to be said of it.</summary>
    public string Note { get; init; } = "";

    /// <summary>The subprotocol that a response chooses; null for none.</summary>
    public string? Subprotocol { get; init; }
}
