// Who agrees to what, RFC 6455 §9.1, for every carrier of a handshake.

using System;
using System.Collections.Generic;
using System.Linq;
using WsProto.Extensions;
using WsProto.Framing;

namespace WsProto.Negotiation;

internal static class ExtensionNegotiation
{
    /// <summary>
    /// Server: goes through the offers in the client's order and takes the first of each name that its template accepts, unless it
    /// needs a reserved bit that is taken.
    /// </summary>
    internal static List<ExtensionAgreement> Accept(IReadOnlyList<ExtensionElement> offers, IReadOnlyList<WsExtension> templates)
    {
        var agreed = new List<ExtensionAgreement>();
        var served = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        ReservedBits bits = ReservedBits.None;
        foreach (ExtensionElement offer in offers)
        {
            foreach (WsExtension template in templates)
            {
                if (!IsNamed(template, offer) || served.Contains(offer.Name) || template.Accept(offer) is not { } agreement)
                    continue;
                if (agreement is not { Extension: not null, Answer: not null } || !IsNamed(template, agreement.Answer))
                    throw new InvalidOperationException($"The extension '{template.Name}' accepted without an object or an answer of its own.");
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
    internal static ProtocolError Confirm(IReadOnlyList<ExtensionElement> answers, IReadOnlyList<WsExtension> templates, List<WsExtension> agreed)
    {
        var unanswered = new List<WsExtension>(templates);
        ReservedBits bits = ReservedBits.None;
        foreach (ExtensionElement answer in answers)
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

    /// <summary>What a template offers.</summary>
    /// <exception cref="InvalidOperationException">It offers what is not its own.</exception>
    internal static IReadOnlyList<ExtensionElement> OffersOf(WsExtension template)
    {
        IReadOnlyList<ExtensionElement>? offers = template.Offer();
        if (offers is null || offers.Any(offer => offer is null || !IsNamed(template, offer)))
            throw new InvalidOperationException($"The extension '{template.Name}' offers nothing of its own.");
        return offers;
    }

    /// <summary>Checks what is said to be agreed on.</summary>
    internal static void ThrowIfNotUsable(IReadOnlyList<WsExtension> extensions)
    {
        ThrowIfNull(extensions);
        ReservedBits bits = ReservedBits.None;
        foreach (WsExtension extension in extensions)
        {
            if (extension is PerMessageDeflate)
                throw new ArgumentException("This is a template; what Accept or Confirm of it gives belongs to a connection.", nameof(extensions));
            if ((extension.ReservedBits & bits) != 0)
                throw new ArgumentException("Two extensions use the same reserved bit.", nameof(extensions));
            bits |= extension.ReservedBits;
        }
    }

    private static bool IsNamed(WsExtension template, ExtensionElement offer) =>
        string.Equals(template.Name, offer.Name, StringComparison.OrdinalIgnoreCase);
}
