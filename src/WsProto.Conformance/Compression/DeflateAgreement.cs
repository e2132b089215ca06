using System;
using System.Collections.Generic;
using System.Linq;

namespace WsProto.Conformance;

/// <summary>What was agreed on for both directions.</summary>
internal sealed record DeflateAgreement(bool PeerForgets, int PeerWindow, bool JudgeForgets, int JudgeWindow)
{
    /// <summary>Reads a server's answer to our offers.</summary>
    /// <returns>Null where it is none, or answers no offer (RFC 7692 §5, §7.1).</returns>
    public static DeflateAgreement? Read(string answer, IReadOnlyList<DeflateOffer> offers)
    {
        if (DeflateParameters.Read(answer) is not { ClientWindow: not 0 } agreed)
            return null;
        int window = agreed.ServerWindow ?? DeflateParameters.LargestWindow;
        return offers.Any(offer => (agreed.ServerForgets || !offer.Forgets) && (offer.Window == 0 || window <= offer.Window))
            ? new(agreed.ServerForgets, window, agreed.ClientForgets, agreed.ClientWindow ?? DeflateParameters.LargestWindow)
            : null;
    }

    /// <summary>Answers a client's offers with the first of ours that one of them allows.</summary>
    /// <returns>Null where none does.</returns>
    public static (DeflateAgreement Agreement, string Answer)? Accept(string offered, IReadOnlyList<DeflateOffer> asked)
    {
        DeflateParameters[] offers = [.. offered.Split(',').Select(DeflateParameters.Read).OfType<DeflateParameters>()];
        foreach (DeflateOffer ours in asked)
        {
            // "the server MUST NOT include client_max_window_bits" where the offer does not have it (RFC 7692 §7.1.2.2).
            if (Array.Find(offers, offer => ours.Window == 0 || offer.ClientWindow is not null) is not { } offer)
                continue;
            int? window = ours.Window == 0 ? null : Math.Min(ours.Window, offer.ClientWindow is > 0 and { } most ? most : ours.Window);
            var answer = new DeflateParameters(offer.ServerForgets, ours.Forgets, offer.ServerWindow, window);
            // A client that announced a smaller window keeps to it, asked or not.
            int peerWindow = window ?? (offer.ClientWindow is > 0 and { } own ? own : DeflateParameters.LargestWindow);
            int judgeWindow = offer.ServerWindow ?? DeflateParameters.LargestWindow;
            return (new(ours.Forgets, peerWindow, offer.ServerForgets, judgeWindow), answer.ToString());
        }

        return null;
    }
}
