using System.Collections.Generic;

namespace WsProto.Cli.Encode;

/// <summary>What a command line of <c>encode</c> asks for.</summary>
internal sealed record EncodeSettings
{
    /// <summary>What to encode; empty for the lines of standard input.</summary>
    public required IReadOnlyList<string> Messages { get; init; }

    public required Opcode Kind { get; init; }

    /// <summary>Whether what is given is hexadecimal digits.</summary>
    public bool IsHexInput { get; init; }

    /// <summary>Whether frames are masked, as those of a client are.</summary>
    public bool IsMasked { get; init; }

    /// <summary>The masking key of all frames; null for one of its own for each.</summary>
    public byte[]? Key { get; init; }

    /// <summary>The largest payload of a frame; null for a message in one frame.</summary>
    public int? Fragment { get; init; }

    public bool HasDeflate { get; init; }

    /// <summary>Whether a frame is written as a line of hexadecimal digits.</summary>
    public bool IsHex { get; init; }
}
