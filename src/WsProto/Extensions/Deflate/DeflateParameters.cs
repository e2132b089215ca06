// The four parameters of permessage-deflate, RFC 7692 §7.1, on the wire and off it.

using System;
using System.Collections.Generic;
using System.Globalization;

namespace WsProto;

/// <summary>
/// What two ends agreed on for permessage-deflate (<see href="https://www.rfc-editor.org/rfc/rfc7692#section-7.1">RFC 7692 §7.1</see>).
/// </summary>
public sealed record DeflateParameters
{
    /// <summary>Whether the server forgets its history after each message (§7.1.1.1).</summary>
    public bool ServerNoContextTakeover { get; init; }

    /// <summary>Whether the client forgets its history after each message (§7.1.1.2).</summary>
    public bool ClientNoContextTakeover { get; init; }

    /// <summary>The server's window as a power of two, 8 to 15 (§7.1.2.1). Default: 15, as in the RFC.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not 8 to 15.</exception>
    public int ServerMaxWindowBits
    {
        get;
        init => field = Window(value);
    }

    = DeflateOffer.LargestWindow;

    /// <summary>The client's window as a power of two, 8 to 15 (§7.1.2.2). Default: 15, as in the RFC.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not 8 to 15.</exception>
    public int ClientMaxWindowBits
    {
        get;
        init => field = Window(value);
    }

    = DeflateOffer.LargestWindow;

    private static int Window(int bits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bits, DeflateOffer.SmallestWindow);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bits, DeflateOffer.LargestWindow);
        return bits;
    }
}

/// <summary>An element of the header, read by the rules that offers and answers have in common.</summary>
internal sealed record DeflateOffer
{
    internal const string Name = "permessage-deflate";
    internal const string ServerNoTakeover = "server_no_context_takeover";
    internal const string ClientNoTakeover = "client_no_context_takeover";
    internal const string ServerWindow = "server_max_window_bits";
    internal const string ClientWindow = "client_max_window_bits";
    internal const int SmallestWindow = 8;
    internal const int LargestWindow = 15;

    /// <summary>The smallest window that settings can ask for: zlib cannot compress with one of 2^8 bytes and look back.</summary>
    internal const int SmallestOwnWindow = 9;

    internal bool ServerNoContextTakeover { get; private set; }

    internal bool ClientNoContextTakeover { get; private set; }

    internal int? ServerMaxWindowBits { get; private set; }

    internal int? ClientMaxWindowBits { get; private set; }

    /// <summary>Whether client_max_window_bits is there without a value, as only an offer may have it.</summary>
    internal bool ClientWindowIsOpen { get; private set; }

    /// <summary>
    /// Reads the parameters. Null if one is "not defined", has "an invalid value", or "multiple extension parameters with the same name"
    /// are there (§7.1).
    /// </summary>
    internal static DeflateOffer? Read(ExtensionElement element)
    {
        var seen = new HashSet<string>();
        var offer = new DeflateOffer();
        foreach (ExtensionParameter parameter in element.Parameters)
        {
            if (!seen.Add(parameter.Name) || !offer.Take(parameter))
                return null;
        }

        return offer;
    }

    private bool Take(ExtensionParameter parameter)
    {
        switch (parameter.Name)
        {
            case ServerNoTakeover:
                return ServerNoContextTakeover = parameter.Value is null;
            case ClientNoTakeover:
                return ClientNoContextTakeover = parameter.Value is null;
            case ServerWindow:
                ServerMaxWindowBits = ParseWindow(parameter.Value);
                return ServerMaxWindowBits is not null;
            case ClientWindow:
                ClientWindowIsOpen = parameter.Value is null;
                ClientMaxWindowBits = ParseWindow(parameter.Value);
                return ClientWindowIsOpen || ClientMaxWindowBits is not null;
            default:
                return false;
        }
    }

    /// <summary>"A decimal integer value without leading zeroes between 8 to 15, inclusive" (§7.1.2).</summary>
    private static int? ParseWindow(string? value)
    {
        if (value is null || value.StartsWith('0') || !int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int bits))
            return null;
        return bits is >= SmallestWindow and <= LargestWindow ? bits : null;
    }
}
