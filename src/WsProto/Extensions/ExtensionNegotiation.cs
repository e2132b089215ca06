// Who agrees to what, RFC 6455 §9.1, for every carrier of a handshake.

using System;
using System.Collections.Generic;
using WsProto.Framing;

namespace WsProto.Extensions;

internal static class ExtensionNegotiation
{
    /// <summary>
    /// Server: goes through the offers in the client's order and takes the first of each name that its template accepts, unless it
    /// needs a reserved bit that is taken.
    /// </summary>
    internal static List<ExtensionAgreement> Accept(IReadOnlyList<ExtensionOffer> offers, IReadOnlyList<WsExtension> templates)
    {
        var agreed = new List<ExtensionAgreement>();
        var served = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        ReservedBits bits = ReservedBits.None;
        foreach (ExtensionOffer offer in offers)
        {
            foreach (WsExtension template in templates)
            {
                if (!IsNamed(template, offer) || served.Contains(offer.Name) || template.Accept(offer) is not { } agreement)
                    continue;
                if ((agreement.Extension.ReservedBits & bits) != 0)
                    continue;
                bits |= agreement.Extension.ReservedBits;
                agreed.Add(agreement);
                served.Add(offer.Name);
                break;
            }
        }

        return agreed;
    }

    /// <summary>
    /// Client: «a server MUST NOT accept any extension not offered by the client» (§9.1), nor any twice. Gives the error, or 0 and
    /// the objects for this connection.
    /// </summary>
    internal static ProtocolError Confirm(IReadOnlyList<ExtensionOffer> answers, IReadOnlyList<WsExtension> templates, List<WsExtension> agreed)
    {
        var unanswered = new List<WsExtension>(templates);
        ReservedBits bits = ReservedBits.None;
        foreach (ExtensionOffer answer in answers)
        {
            int index = unanswered.FindIndex(template => IsNamed(template, answer));
            if (index < 0)
                return ProtocolError.UnofferedExtension;
            if (unanswered[index].Confirm(answer) is not { } extension || (extension.ReservedBits & bits) != 0)
                return ProtocolError.InvalidExtensionParameters;
            bits |= extension.ReservedBits;
            agreed.Add(extension);
            unanswered.RemoveAt(index);
        }

        return 0;
    }

    internal static void ThrowIfNull(IReadOnlyList<WsExtension> extensions)
    {
        ArgumentNullException.ThrowIfNull(extensions);
        foreach (WsExtension extension in extensions)
            ArgumentNullException.ThrowIfNull(extension, nameof(extensions));
    }

    private static bool IsNamed(WsExtension template, ExtensionOffer offer) =>
        string.Equals(template.Name, offer.Name, StringComparison.OrdinalIgnoreCase);
}
