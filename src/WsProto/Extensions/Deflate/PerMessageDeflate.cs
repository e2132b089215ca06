using System;
using System.Collections.Generic;
using System.Globalization;
using WsProto.Extensions;

namespace WsProto;

/// <summary>
/// Compression of messages with DEFLATE, permessage-deflate (<see href="https://www.rfc-editor.org/rfc/rfc7692#section-7">RFC 7692
/// §7</see>): the template to offer, or to accept with. What was agreed on is a <see cref="DeflateCodec"/>.
/// </summary>
/// <remarks>
/// <para>
/// Compression that mixes secrets with what an attacker chose leaks the secrets by their length (§8, as CRIME and BREACH did): set
/// <see cref="Message.Compress"/> to false for such messages.
/// </para>
/// <para>
/// Memory: a connection with history in both directions holds about 0.25 MiB of native memory once both were used; without context
/// takeover it holds none between messages. Windows and <see cref="MemoryLevel"/> make it smaller.
/// </para>
/// <para>
/// What is received fails the connection with 1009 at the byte that passes <see cref="WsConnectionOptions.MaxMessageSize"/>, with 1007 if
/// it is no DEFLATE, and with 1008 if a message holds more than 1,024 final blocks (BFINAL, §7.2.3.4), which cost work without adding size.
/// </para>
/// </remarks>
public sealed class PerMessageDeflate : WsExtension
{
    /// <summary>Makes a template with the defaults.</summary>
    /// <exception cref="PlatformNotSupportedException">
    /// The zlib of the .NET runtime is not there; see <see cref="IsSupported"/>.
    /// </exception>
    public PerMessageDeflate()
        : this(ZlibSupport.Failure)
    {
    }

    internal PerMessageDeflate(Exception? failure)
        : base(DeflateOffer.Name)
    {
        if (failure is not null)
            throw new PlatformNotSupportedException(
                "permessage-deflate needs the zlib of the .NET runtime, which could not be loaded.", failure);
    }

    /// <summary>
    /// Whether the zlib of the .NET runtime (<c>System.IO.Compression.Native</c>) is there. It is in every way of publishing:
    /// framework-dependent, self-contained, as a single file, trimmed, and with Native AOT. Where a runtime comes without it, the
    /// constructor throws; offer or accept without compression then.
    /// </summary>
    public static bool IsSupported => ZlibSupport.Failure is null;

    /// <summary>
    /// Asks or makes the server forget its history after each message: less memory, less compression. Default: false, as in the RFC.
    /// </summary>
    public bool ServerNoContextTakeover { get; init; }

    /// <summary>Asks or makes the client forget its history after each message. Default: false, as in the RFC.</summary>
    public bool ClientNoContextTakeover { get; init; }

    /// <summary>The largest window of the server as a power of two, 9 to 15. Default: 15, as in the RFC.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not 9 to 15.</exception>
    public int ServerMaxWindowBits
    {
        get;
        init => field = Within(value, DeflateOffer.SmallestOwnWindow, DeflateOffer.LargestWindow);
    }

    = DeflateOffer.LargestWindow;

    /// <summary>The largest window of the client as a power of two, 9 to 15. Default: 15, as in the RFC.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not 9 to 15.</exception>
    public int ClientMaxWindowBits
    {
        get;
        init => field = Within(value, DeflateOffer.SmallestOwnWindow, DeflateOffer.LargestWindow);
    }

    = DeflateOffer.LargestWindow;

    /// <summary>
    /// How hard to compress, 1 (fast) to 9 (small). Default: 6, zlib's own. With windows below 15 bits, very regular data shrinks far
    /// better at 9.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not 1 to 9.</exception>
    public int CompressionLevel
    {
        get;
        init => field = Within(value, 1, 9);
    }

    = 6;

    /// <summary>How much memory to compress with, 1 (little) to 9 (much). Default: 8, zlib's own.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not 1 to 9.</exception>
    public int MemoryLevel
    {
        get;
        init => field = Within(value, 1, 9);
    }

    = 8;

    /// <summary>
    /// Messages of one frame below this many bytes go uncompressed, unless <see cref="Message.Compress"/> is true. Default: 64, below which
    /// next to nothing is gained.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public int MinCompressedSize
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }

    = 64;

    /// <summary>The offer: <c>permessage-deflate; client_max_window_bits</c>, and what the settings add (§7.1).</summary>
    public override IReadOnlyList<ExtensionElement> Offer()
    {
        List<ExtensionParameter> parameters = Flags(ServerNoContextTakeover, ClientNoContextTakeover);
        if (ServerMaxWindowBits < DeflateOffer.LargestWindow)
            parameters.Add(Window(DeflateOffer.ServerWindow, ServerMaxWindowBits));
        parameters.Add(ClientMaxWindowBits == DeflateOffer.LargestWindow
            ? new(DeflateOffer.ClientWindow)
            : Window(DeflateOffer.ClientWindow, ClientMaxWindowBits));
        return [new ExtensionElement(Name, [.. parameters])];
    }

    /// <inheritdoc/>
    /// <remarks>
    /// An offer that is malformed is declined (§7.1). The answer names each flag that the offer or the settings have, repeats each window
    /// that the offer gives a value for, as agreed on, and names those that the settings make smaller. A server that is asked for a window
    /// of 2^8 bytes accepts, as it has to keep within that window only (§7.1.2.1); zlib cannot compress with it, so it looks back one byte
    /// there.
    /// </remarks>
    public override ExtensionCodec? Accept(ExtensionElement offer)
    {
        ArgumentNullException.ThrowIfNull(offer);
        if (DeflateOffer.Read(offer) is not { } asked)
            return null;

        // The client's window can be limited only where the client said that it can do that (§7.1.2.2); the server's always.
        bool mayLimitClient = asked.ClientWindowIsOpen || asked.ClientMaxWindowBits is not null;
        var agreed = new DeflateParameters
        {
            ServerNoContextTakeover = ServerNoContextTakeover || asked.ServerNoContextTakeover,
            ClientNoContextTakeover = ClientNoContextTakeover || asked.ClientNoContextTakeover,
            ServerMaxWindowBits = Math.Min(ServerMaxWindowBits, asked.ServerMaxWindowBits ?? DeflateOffer.LargestWindow),
            ClientMaxWindowBits = mayLimitClient
                ? Math.Min(ClientMaxWindowBits, asked.ClientMaxWindowBits ?? DeflateOffer.LargestWindow)
                : DeflateOffer.LargestWindow,
        };
        List<ExtensionParameter> answer = Flags(agreed.ServerNoContextTakeover, agreed.ClientNoContextTakeover);
        if (asked.ServerMaxWindowBits is not null || agreed.ServerMaxWindowBits < DeflateOffer.LargestWindow)
            answer.Add(Window(DeflateOffer.ServerWindow, agreed.ServerMaxWindowBits));
        if (asked.ClientMaxWindowBits is not null || agreed.ClientMaxWindowBits < DeflateOffer.LargestWindow)
            answer.Add(Window(DeflateOffer.ClientWindow, agreed.ClientMaxWindowBits));
        return new DeflateCodec(this, ConnectionRole.Server, agreed, new ExtensionElement(Name, [.. answer]));
    }

    /// <inheritdoc/>
    /// <remarks>
    /// An answer that is malformed, or that does not keep to the offer, fails the handshake (§7.1). What the offer says of the client
    /// itself is a hint that the answer need not repeat, and that the client keeps to all the same: it may be given a larger window than it
    /// offered, and does not use it (§7.1.1.2, §7.1.2.2). It may be limited to any window from 2^8 bytes on; in that one it looks back one
    /// byte, as a server does.
    /// </remarks>
    public override ExtensionCodec? Confirm(ExtensionElement answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        if (DeflateOffer.Read(answer) is not { } told)
            return null;
        int server = told.ServerMaxWindowBits ?? DeflateOffer.LargestWindow;
        bool keepsToOffer = !told.ClientWindowIsOpen
            && (told.ServerNoContextTakeover || !ServerNoContextTakeover)
            && server <= ServerMaxWindowBits;
        return !keepsToOffer
            ? null
            : new DeflateCodec(this, ConnectionRole.Client, new DeflateParameters
            {
                ServerNoContextTakeover = told.ServerNoContextTakeover,
                ClientNoContextTakeover = told.ClientNoContextTakeover || ClientNoContextTakeover,
                ServerMaxWindowBits = server,
                ClientMaxWindowBits = Math.Min(told.ClientMaxWindowBits ?? DeflateOffer.LargestWindow, ClientMaxWindowBits),
            }, answer);
    }

    private static List<ExtensionParameter> Flags(bool serverNoTakeover, bool clientNoTakeover)
    {
        List<ExtensionParameter> parameters = [];
        if (serverNoTakeover)
            parameters.Add(new(DeflateOffer.ServerNoTakeover));
        if (clientNoTakeover)
            parameters.Add(new(DeflateOffer.ClientNoTakeover));
        return parameters;
    }

    private static ExtensionParameter Window(string name, int bits) => new(name, bits.ToString(CultureInfo.InvariantCulture));

    private static int Within(int value, int least, int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, most);
        return value;
    }
}
