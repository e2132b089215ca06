using System.Globalization;

namespace WsProto.Conformance;

/// <summary>What the peer's compressor is asked to keep to (RFC 7692 §7.1).</summary>
/// <param name="Forgets">Whether it has to begin each message without history.</param>
/// <param name="Window">The window that it has to keep to, as a power of two; 0 for none.</param>
internal sealed record DeflateOffer(bool Forgets, int Window)
{
    /// <summary>As an offer to a server, by a client that can do all that a server may ask of it.</summary>
    public override string ToString() => "permessage-deflate; client_no_context_takeover; client_max_window_bits"
        + (Forgets ? "; server_no_context_takeover" : "")
        + (Window == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"; server_max_window_bits={Window}"));
}
