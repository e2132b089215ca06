using System;
using System.Buffers;
using System.Security.Cryptography;
using WsProto.Framing;

namespace WsProto;

/// <summary>
/// How a connection delivers messages, and what it refuses to carry. Immutable; one instance may serve any number of connections.
/// </summary>
/// <remarks>
/// The limits are on by default because the peer chooses what it sends (<see href="https://www.rfc-editor.org/rfc/rfc6455#section-10.4">RFC
/// 6455 §10.4</see>). No length that a peer announces is ever allocated in advance. Null means unlimited, where null is possible.
/// </remarks>
public sealed record WsConnectionOptions
{
    /// <summary>The most bytes of a message that is delivered whole: the most chars that a .NET string can hold.</summary>
    internal const long LargestWholeMessage = 0x3FFF_FFDF;

    /// <summary>
    /// What is kept of a longer message comes in one piece with what makes it long, and that has to fit into a string too.
    /// </summary>
    private const long LargestKeptMessage = 1 << 29;

    /// <summary>All defaults.</summary>
    public static WsConnectionOptions Default { get; } = new();

    /// <summary>
    /// How much of a message one event holds. Default: <see cref="MessageDelivery.Whole"/>, as most protocols on top need whole messages.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a member of the enumeration.</exception>
    public MessageDelivery MessageDelivery
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)value, (uint)MessageDelivery.Chunks, nameof(value));
            field = value;
        }
    }

    /// <summary>
    /// Client: whether an empty <c>Sec-WebSocket-Protocol</c> in the server's answer counts as none, as some servers write it. Default:
    /// false, because RFC 6455 §4.1, item 6 of the last list, wants the connection to fail.
    /// </summary>
    public bool AllowEmptySubprotocol { get; init; }

    /// <summary>
    /// The largest message in bytes, after extensions were undone. One byte more fails the connection with 1009, at the header of the
    /// frame that would pass the limit where its length says so. Default: 1 MiB, which bounds what one connection can pin.
    /// </summary>
    /// <remarks>
    /// Where all messages are delivered whole, it is never more than 1,073,741,791 bytes, as a message has to fit into one string; null too
    /// means that.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public long? MaxMessageSize
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value ?? 0, nameof(value));
            field = value;
        }
    }

    = 1 << 20;

    /// <summary>
    /// The largest message in bytes that <see cref="MessageDelivery.Whole"/> delivers whole, after extensions were undone. A longer one is
    /// delivered in pieces, as <see cref="MessageDelivery.Chunks"/> does: from the header on that makes it longer, or, where extensions are
    /// undone, from the byte on. So small messages stay whole, and a large one is read as a stream while this many bytes of it are kept.
    /// Default: null, so that all messages are whole, within <see cref="MaxMessageSize"/>.
    /// </summary>
    /// <remarks>
    /// <see cref="MaxMessageSize"/> and <see cref="MaxFragmentCount"/> apply to a message in pieces too: raise them for what is to be read
    /// as a stream. <see cref="MessageDelivery.Chunks"/> delivers all in pieces, whatever this says.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than 536,870,912 (half of what a string can hold).</exception>
    public long? MaxWholeMessageSize
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value ?? 0, nameof(value));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value ?? 0, LargestKeptMessage, nameof(value));
            field = value;
        }
    }

    /// <summary>
    /// The largest data frame in bytes on the wire; a longer one fails the connection with 1009. Default: null, as
    /// <see cref="MaxMessageSize"/> bounds it too (with extensions: twice that and 1 KiB on the wire).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public long? MaxFrameSize
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value ?? 0, nameof(value));
            field = value;
        }
    }

    /// <summary>
    /// The most frames of one message, empty ones included; one more fails the connection with 1008. Default: 1,024, so that tiny fragments
    /// cannot keep a receiver busy. Null is unlimited.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int? MaxFragmentCount
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value ?? 1, 1, nameof(value));
            field = value;
        }
    }

    = 1024;

    /// <summary>
    /// The largest head in bytes, from the start line to the empty line, and with the empty lines that a client may send first. A server
    /// refuses a larger one with 431. The same number bounds what a client may send before it is answered: more fails the connection with
    /// 1008 once it is open. Default: 16 KiB, as in most HTTP servers.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxHandshakeSize
    {
        get;
        init => field = Positive(value);
    }

    = 16 * 1024;

    /// <summary>The most header lines; a server refuses more with 431. Default: 100, as in Kestrel.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxHeaderCount
    {
        get;
        init => field = Positive(value);
    }

    = 100;

    /// <summary>
    /// The most elements of a header that is a list: subprotocols, and extensions with each of their parameters counted. A server refuses
    /// more with 431, a client fails the handshake. Default: 100, so that a short line of tiny elements cannot become a large list.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxHeaderElementCount
    {
        get;
        init => field = Positive(value);
    }

    = 100;

    /// <summary>
    /// The longest line of a head in bytes, without its CRLF; a server refuses a longer header line with 431, a longer request line with
    /// 414. Default: 8 KiB.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1, or so large that it overflows.</exception>
    public int MaxHeaderLineSize
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1 << 30);
            field = Positive(value);
        }
    }

    = 8 * 1024;

    /// <summary>
    /// The most bytes of the body of a refused upgrade that a client delivers; then the handshake fails with
    /// <see cref="ProtocolError.RejectBodyTooLarge"/>. Default: 64 KiB, enough for an error page.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public int MaxRejectBodySize
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }

    = 64 * 1024;

    /// <summary>
    /// Where masking keys and nonces come from: "a strong source of entropy" (RFC 6455 §10.3). Tests put a known sequence here.
    /// </summary>
    internal RandomFill Random { get; init; } = RandomNumberGenerator.Fill;

    /// <summary>Where arrays come from. Tests count here.</summary>
    internal ArrayPool<byte> Pool { get; init; } = ArrayPool<byte>.Shared;

    /// <summary>The limit of <see cref="MaxMessageSize"/> as it works.</summary>
    internal long EffectiveMaxMessageSize => MessageDelivery == MessageDelivery.Whole && MaxWholeMessageSize is null
        ? Math.Min(MaxMessageSize ?? LargestWholeMessage, LargestWholeMessage)
        : MaxMessageSize ?? long.MaxValue;

    private static int Positive(int value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
        return value;
    }
}
