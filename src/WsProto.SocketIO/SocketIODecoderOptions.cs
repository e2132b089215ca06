using System;

namespace WsProto.SocketIO;

/// <summary>The limits on what is received. Immutable.</summary>
public sealed record SocketIODecoderOptions
{
    internal static SocketIODecoderOptions Default { get; } = new();

    /// <summary>The most attachments of one packet. Default: 10, as of the reference server.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public int MaxAttachments
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }
    = 10;

    /// <summary>
    /// The most bytes of one packet with its attachments together. What the transport allows for one message bounds each of them, and not
    /// their sum. Default: 4 MiB.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public long MaxPacketSize
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }
    = 4 << 20;

    /// <summary>The longest name of a namespace in bytes. Default: 256.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxNamespaceLength
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }
    = 256;

    /// <summary>How deep arrays and objects of a payload may be nested. Default: 64, as of System.Text.Json.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1, or more than 1,000.</exception>
    public int MaxDepth
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1000);
            field = value;
        }
    }
    = 64;
}
