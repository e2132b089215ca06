using System;

namespace WsProto.SocketIO;

/// <summary>The limits of received packets. Immutable.</summary>
public sealed record SocketIODecoderOptions
{
    internal static SocketIODecoderOptions Default { get; } = new();

    /// <summary>The maximum number of attachments of a packet. Default: 10, as in the reference server.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
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
    /// The maximum size in bytes of a packet together with its attachments. Default: 4 MiB. The limit of the transport for one message
    /// applies to each of them, but not to their sum.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
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

    /// <summary>The maximum length of the name of a namespace, in bytes of UTF-8. Default: 256.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
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

    /// <summary>The maximum depth of nested arrays and objects in a payload. Default: 64, as in System.Text.Json.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1, or more than 1,000.</exception>
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
