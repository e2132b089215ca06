// permessage-deflate's negotiation, written from RFC 7692 §7.1 alone.

using System.Globalization;

namespace WsProto.Tests.Oracles;

/// <summary>An element of the header as the RFC reads it.</summary>
internal sealed record OracleElement(bool ServerForgets, bool ClientForgets, int? ServerBits, int? ClientBits, bool HasClientBits)
{
    /// <summary>Reads an offer or an answer; null for one that has to be declined, or fails the handshake.</summary>
    /// <param name="text">The text of one element.</param>
    /// <param name="isAnswer">Whether a server wrote it.</param>
    public static OracleElement? Read(string text, bool isAnswer)
    {
        string[][] parameters = [.. text.Split("; ")[1..].Select(parameter => parameter.Split('='))];

        // "The negotiation ... contains multiple extension parameters with the same name" (§7.1).
        if (parameters.Select(parameter => parameter[0]).Distinct().Count() != parameters.Length)
            return null;
        var element = new OracleElement(false, false, null, null, false);
        foreach (string[] parameter in parameters)
        {
            string? value = parameter.ElementAtOrDefault(1)?.Trim('"');
            OracleElement? next = parameter[0] switch
            {
                // "This parameter has no value" (§7.1.1.1, §7.1.1.2).
                "server_no_context_takeover" when value is null => element with { ServerForgets = true },
                "client_no_context_takeover" when value is null => element with { ClientForgets = true },

                // "A decimal integer value without leading zeroes between 8 to 15, inclusive" (§7.1.2.1).
                "server_max_window_bits" when IsWindow(value) => element with { ServerBits = Number(value) },

                // In an offer "this parameter has no value or a decimal integer value", in an answer it has one (§7.1.2.2).
                "client_max_window_bits" when IsWindow(value) => element with { ClientBits = Number(value), HasClientBits = true },
                "client_max_window_bits" when value is null && !isAnswer => element with { HasClientBits = true },

                // "An extension parameter not defined for use", or "with an invalid value" (§7.1).
                _ => null,
            };
            if (next is null)
                return null;
            element = next;
        }

        return element;
    }

    /// <summary>Whether a server may answer an offer so.</summary>
    public bool MayAnswer(OracleElement offer) =>

        // "A server accepts an extension negotiation offer that includes the "server_no_context_takeover" extension parameter by including"
        // it (§7.1.1.1); it may include it, and client_no_context_takeover, also where the offer does not.
        (ServerForgets || !offer.ServerForgets)

        // "By including the "server_max_window_bits" extension parameter ... with the same or smaller value as the offer" (§7.1.2.1), or of
        // its own accord.
        && (offer.ServerBits is null || ServerBits <= offer.ServerBits)

        // "If a received extension negotiation offer doesn't have the "client_max_window_bits" extension parameter, the corresponding
        // extension negotiation response to the offer MUST NOT include" it (§7.1.2.2). The value of an offer is a hint only: the answer may
        // have a larger one.
        && (offer.HasClientBits || !HasClientBits);

    /// <summary>What both do after this answer to an offer.</summary>
    public DeflateParameters Agreement(OracleElement offer) => new()
    {
        ServerNoContextTakeover = ServerForgets,

        // An offer with it tells that "even if the server doesn't include" it "the client is not going to use context takeover" (§7.1.1.2).
        ClientNoContextTakeover = ClientForgets || offer.ClientForgets,
        ServerMaxWindowBits = ServerBits ?? 15,

        // "Even if the server doesn't include" it "with a value greater than the one in the extension negotiation offer" or at all, "the
        // client is not going to use an LZ77 sliding window size greater than the size specified by the value in the extension negotiation
        // offer" (§7.1.2.2).
        ClientMaxWindowBits = Math.Min(ClientBits ?? 15, offer.ClientBits ?? 15),
    };

    private static bool IsWindow(string? value) => value is "8" or "9" or "10" or "11" or "12" or "13" or "14" or "15";

    private static int Number(string? value) => int.Parse(value!, CultureInfo.InvariantCulture);
}
