namespace WsProto.Cli.Decode;

/// <summary>What a file is.</summary>
internal enum FileFormat
{
    /// <summary>As its beginning says.</summary>
    Any,

    /// <summary>Octets of one side.</summary>
    Raw,

    /// <summary>A hex dump.</summary>
    Hex,

    /// <summary>A capture of packets.</summary>
    Capture,
}

/// <summary>What a command line of <c>decode</c> asks for.</summary>
internal sealed record DecodeSettings
{
    /// <summary>The file; a hyphen for standard input.</summary>
    public required string File { get; init; }

    public FileFormat Format { get; init; }

    /// <summary>Who has sent octets of one side; null to look at them.</summary>
    public Side? Sender { get; init; }

    /// <summary>Whether compression was agreed on, where there is no handshake to tell.</summary>
    public bool HasDeflate { get; init; }

    /// <summary>How much of each payload is shown.</summary>
    public int Shown { get; init; } = 64;

    public bool IsJson { get; init; }
}
