using System;
using System.Collections.Generic;
using System.Text;
using WsProto.Extensions;
using WsProto.Negotiation;

namespace WsProto;

/// <summary>
/// The answer that opens the connection (<see href="https://www.rfc-editor.org/rfc/rfc6455#section-4.2.2">RFC 6455 §4.2.2</see>): a server
/// sends it, a client reads it.
/// </summary>
public sealed record AcceptConnection : WsEvent
{
    /// <summary>The chosen subprotocol, one of those that the request names; null for none.</summary>
    public string? Subprotocol { get; init; }

    /// <summary>
    /// Server: the extensions that it supports, as templates. Those that fit an offer of the client are agreed on. Empty in a response that
    /// was read; see <see cref="AgreedExtensions"/>.
    /// </summary>
    public IReadOnlyList<WsExtension> Extensions { get; init; } = [];

    /// <summary>
    /// Client: the agreed extensions, from the header <c>Sec-WebSocket-Extensions</c>. Parsed on each call. Empty if the header is
    /// malformed, which is possible only in a response that was not read from a connection. The objects of the connection are in <see
    /// cref="WsConnection.Extensions"/>.
    /// </summary>
    public IReadOnlyList<ExtensionElement> AgreedExtensions =>
        ExtensionHeader.Parse(ExtraHeaders?.ValuesOf(HandshakeHeaders.Extensions) ?? []) ?? [];

    /// <summary>All other headers of the response; a client also finds those of the extensions here.</summary>
    public HeaderList ExtraHeaders { get; init; } = [];

    internal override EventKind Kind => EventKind.AcceptConnection;

    /// <inheritdoc/>
    public bool Equals(AcceptConnection? other) =>
        other is not null
        && Subprotocol == other.Subprotocol
        && Content.Equal(Extensions, other.Extensions)
        && ExtraHeaders.Equals(other.ExtraHeaders);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Subprotocol, Content.Hash(Extensions), ExtraHeaders);

    /// <inheritdoc/>
    protected override bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Subprotocol = ").AppendText(Subprotocol);
        builder.AppendList(nameof(Extensions), Extensions, extension => extension?.Name);
        builder.AppendList(nameof(AgreedExtensions), AgreedExtensions, element => element.ToString());
        builder.AppendList(nameof(ExtraHeaders), ExtraHeaders, field => field.Name);
        return true;
    }
}
