using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace WsProto.Conformance;

/// <summary>The parameters of an element permessage-deflate, as an offer or an answer has them (RFC 7692 §7.1).</summary>
/// <param name="ServerForgets">server_no_context_takeover.</param>
/// <param name="ClientForgets">client_no_context_takeover.</param>
/// <param name="ServerWindow">server_max_window_bits; null where it is not there.</param>
/// <param name="ClientWindow">client_max_window_bits; null where it is not there, 0 where it has no value.</param>
internal sealed record DeflateParameters(bool ServerForgets, bool ClientForgets, int? ServerWindow, int? ClientWindow)
{
    internal const int LargestWindow = 15;
    internal const int SmallestWindow = 8;

    /// <summary>Reads an element.</summary>
    /// <returns>Null where it is another extension, or wrong.</returns>
    public static DeflateParameters? Read(string element)
    {
        string[] parts = element.Split(';', StringSplitOptions.TrimEntries);
        var parameters = new Dictionary<string, string>();
        foreach (string part in parts.Skip(1))
        {
            string[] pair = part.Split('=', 2, StringSplitOptions.TrimEntries);
            if (!parameters.TryAdd(pair[0], pair.Length == 1 ? "" : pair[1].Trim('"')))
                return null;
        }

        bool serverForgets = parameters.Remove("server_no_context_takeover", out string? value);
        bool isRight = value is null or "";
        bool clientForgets = parameters.Remove("client_no_context_takeover", out value);
        isRight &= value is null or "";
        int? serverWindow = parameters.Remove("server_max_window_bits", out value) ? WindowIn(value) : null;
        isRight &= serverWindow is not 0;
        int? clientWindow = parameters.Remove("client_max_window_bits", out value) ? WindowIn(value) : null;
        isRight &= clientWindow is not 0 || value is "";
        isRight &= parts[0] == "permessage-deflate" && parameters.Count == 0;
        return isRight ? new DeflateParameters(serverForgets, clientForgets, serverWindow, clientWindow) : null;
    }

    /// <summary>As an answer to a client.</summary>
    public override string ToString() => "permessage-deflate"
        + (ServerForgets ? "; server_no_context_takeover" : "")
        + (ClientForgets ? "; client_no_context_takeover" : "")
        + (ServerWindow is { } server ? string.Create(CultureInfo.InvariantCulture, $"; server_max_window_bits={server}") : "")
        + (ClientWindow is { } client ? string.Create(CultureInfo.InvariantCulture, $"; client_max_window_bits={client}") : "");

    private static int WindowIn(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int bits) && bits is >= SmallestWindow and <= LargestWindow
            ? bits
            : 0;
}
