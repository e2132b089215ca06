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
    /// <exception cref="InvalidOperationException">A template accepted under a name that is not its own.</exception>
    internal static List<ExtensionCodec> Accept(IReadOnlyList<ExtensionElement> offers, IReadOnlyList<WsExtension> templates)
    {
        var agreed = new List<ExtensionCodec>();
        var served = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        ReservedBits bits = ReservedBits.None;
        foreach (ExtensionElement offer in offers)
        {
            foreach (WsExtension template in templates)
            {
                if (!IsNamed(template, offer) || served.Contains(offer.Name) || template.Accept(offer) is not { } codec)
                    continue;
                ThrowIfNotNamed(template, codec);
                if ((codec.ReservedBits & bits) != 0)
                    continue;
                bits |= codec.ReservedBits;
                agreed.Add(codec);
                served.Add(offer.Name);
                break;
            }
        }

        return agreed;
    }

    /// <summary>
    /// Client: "a server MUST NOT accept any extension not offered by the client" (§9.1), nor any twice. Gives the violation, or none and
    /// the objects for this connection.
    /// </summary>
    internal static Violation Confirm(
        IReadOnlyList<ExtensionElement> answers, IReadOnlyList<WsExtension> templates, List<ExtensionCodec> agreed)
    {
        var unanswered = new List<WsExtension>(templates);
        ReservedBits bits = ReservedBits.None;
        foreach (ExtensionElement answer in answers)
        {
            int index = unanswered.FindIndex(template => IsNamed(template, answer));
            if (index < 0)
                return new Violation(ProtocolError.UnofferedExtension);
            if (Confirm(unanswered[index], answer, out Exception? thrown) is not { } codec || (codec.ReservedBits & bits) != 0)
                return new Violation(ProtocolError.InvalidExtensionParameters, Exception: thrown);
            bits |= codec.ReservedBits;
            agreed.Add(codec);
            unanswered.RemoveAt(index);
        }

        return default;
    }

    internal static void ThrowIfNull<T>(IReadOnlyList<T> extensions)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(extensions);
        foreach (T extension in extensions)
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
    internal static void ThrowIfNotUsable(IReadOnlyList<ExtensionCodec> extensions)
    {
        ThrowIfNull(extensions);
        if (extensions.Distinct().Count() != extensions.Count)
            throw new ArgumentException("An extension is there twice.", nameof(extensions));
        ReservedBits bits = ReservedBits.None;
        foreach (ExtensionCodec extension in extensions)
        {
            if ((extension.ReservedBits & bits) != 0)
                throw new ArgumentException("Two extensions use the same reserved bit.", nameof(extensions));
            bits |= extension.ReservedBits;
        }
    }

    /// <summary>
    /// The answer comes from the peer, so what a template throws because of it fails the handshake and is reported there.
    /// </summary>
    private static ExtensionCodec? Confirm(WsExtension template, ExtensionElement answer, out Exception? thrown)
    {
        thrown = null;
        try
        {
            ExtensionCodec? codec = template.Confirm(answer);
            if (codec is not null)
                ThrowIfNotNamed(template, codec);
            return codec;
        }
#pragma warning disable CA1031 // Whatever an extension throws: the peer's bytes must not throw through the caller.
        catch (Exception e)
#pragma warning restore CA1031
        {
            thrown = e;
            return null;
        }
    }

    private static void ThrowIfNotNamed(WsExtension template, ExtensionCodec codec)
    {
        if (!IsNamed(template, codec.Agreed))
            throw new InvalidOperationException($"The extension '{template.Name}' agreed under another name.");
    }

    private static bool IsNamed(WsExtension template, ExtensionElement element) =>
        string.Equals(template.Name, element.Name, StringComparison.OrdinalIgnoreCase);
}
