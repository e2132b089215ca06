// What others agreed on. The offers are those of the request, the answer is that of the response; nothing is offered or agreed to here.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using WsProto.Extensions;

namespace WsProto.Cli.Decode;

/// <summary>An extension as a client has offered it, with which the core judges the answer.</summary>
/// <param name="name">Its name.</param>
/// <param name="offers">The offers of this name.</param>
internal sealed class ObservedExtension(string name, IReadOnlyList<ExtensionElement> offers) : WsExtension(name)
{
    public override IReadOnlyList<ExtensionElement> Offer() => offers;

    public override ExtensionCodec? Confirm(ExtensionElement answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return ObservedDeflate.Is(answer)
            ? offers.Select(offer => ObservedDeflate.TemplateOf(offer).Confirm(answer)).FirstOrDefault(codec => codec is not null)
            : new Unknown(answer);
    }

    private sealed class Unknown(ExtensionElement answer) : ExtensionCodec(answer);
}

/// <summary>permessage-deflate (RFC 7692), to undo what others have compressed.</summary>
internal static class ObservedDeflate
{
    private const string Name = "permessage-deflate";

    public static bool Is(ExtensionElement element) => element.Name.Equals(Name, StringComparison.OrdinalIgnoreCase);

    /// <summary>The codec with which what a side sends is undone.</summary>
    /// <param name="sender">The side.</param>
    /// <param name="agreed">What was agreed on; the bare name for all that can be.</param>
    /// <returns>Null where the parameters make no sense.</returns>
    public static ExtensionCodec? CodecOf(Side sender, ExtensionElement agreed) =>
        sender == Side.Client ? new PerMessageDeflate().Accept(agreed) : new PerMessageDeflate().Confirm(agreed);

    public static ExtensionElement Bare { get; } = new(Name);

    /// <summary>A template that takes the answers that this offer allows (RFC 7692 §7.1).</summary>
    public static PerMessageDeflate TemplateOf(ExtensionElement offer)
    {
        string? window = offer.Parameters.FirstOrDefault(parameter => parameter.Name == "server_max_window_bits").Value;
        bool hasWindow = int.TryParse(window, NumberStyles.None, CultureInfo.InvariantCulture, out int bits);
        return new PerMessageDeflate
        {
            ServerNoContextTakeover = offer.Parameters.Any(parameter => parameter.Name == "server_no_context_takeover"),
            ServerMaxWindowBits = hasWindow ? Math.Clamp(bits, 9, 15) : 15,
        };
    }
}
