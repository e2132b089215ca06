namespace WsProto.Extensions;

/// <summary>What a server's template gives when it takes an offer.</summary>
/// <param name="Extension">The object for this connection.</param>
/// <param name="Answer">What the client is told.</param>
public sealed record ExtensionAgreement(WsExtension Extension, ExtensionElement Answer);
