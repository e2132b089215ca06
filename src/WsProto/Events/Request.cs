using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Text;
using WsProto.Extensions;
using WsProto.Negotiation;

namespace WsProto;

/// <summary>
/// The opening request (<see href="https://www.rfc-editor.org/rfc/rfc6455#section-4.1">RFC 6455 §4.1</see>): a client sends it, a server
/// reads it.
/// </summary>
public sealed record Request : WsEvent
{
    /// <summary>Makes a request whose host and target are set with an initializer.</summary>
    public Request()
    {
    }

    /// <summary>Makes a request.</summary>
    /// <param name="host">See <see cref="Host"/>.</param>
    /// <param name="target">See <see cref="Target"/>.</param>
    [SetsRequiredMembers]
    public Request(string host, string target)
    {
        Host = host;
        Target = target;
    }

    /// <summary>
    /// The value of <c>Host</c>: a name or an address, an IPv6 address in brackets, and a port where it is not the default. A client may
    /// give international names; each label goes on the wire in its ASCII form (RFC 5890). A server sees what was on the wire.
    /// </summary>
    public required string Host { get; init; }

    /// <summary>
    /// The path and the query, beginning with a slash; a server may see an absolute URI instead (RFC 9112 §3.2). ASCII, percent-encoded.
    /// </summary>
    public required string Target { get; init; }

    /// <summary>The subprotocols that the client supports, in its order of preference: different tokens.</summary>
    public IReadOnlyList<string> Subprotocols { get; init; } = [];

    /// <summary>
    /// Client: the extensions to offer, as templates in the order of preference. Empty in a request that was read; see
    /// <see cref="ExtensionOffers"/>.
    /// </summary>
    public IReadOnlyList<WsExtension> Extensions { get; init; } = [];

    /// <summary>
    /// The offered extensions: of <see cref="Extensions"/>, or of the header <c>Sec-WebSocket-Extensions</c> of a request that was read.
    /// Parsed on each call. Empty if the header is malformed, which is possible only in a request that was not read from a connection.
    /// </summary>
    public IReadOnlyList<ExtensionElement> ExtensionOffers =>
        Extensions.Count > 0
            ? [.. Extensions.SelectMany(ExtensionNegotiation.OffersOf)]
            : OffersIn(ExtraHeaders);

    /// <summary>
    /// All other headers: Origin, cookies, User-Agent. A server also finds the handshake's own <c>Connection</c>, <c>Upgrade</c>, key,
    /// version and extensions here.
    /// </summary>
    public HeaderList ExtraHeaders { get; init; } = [];

    /// <summary>
    /// The <c>Origin</c> header, which browsers always send and servers should judge (RFC 6455 §10.2); null if there is none.
    /// </summary>
    /// <remarks>
    /// Several lines, which no browser sends (RFC 6454 §7.3), are joined by a comma and a space, so that together they equal no origin.
    /// </remarks>
    public string? Origin => ExtraHeaders.GetCombinedValue("Origin");

    /// <summary>
    /// The host with international labels decoded, for showing to people; <see cref="Host"/> itself where that cannot be done.
    /// </summary>
    public string UnicodeHost => HostName.ToUnicode(Host);

    internal override EventKind Kind => EventKind.Request;

    /// <summary>Derives host and target from a URI (RFC 6455 §3).</summary>
    /// <param name="uri">An absolute URI of the scheme ws, wss, http or https, without user information or fragment.</param>
    /// <exception cref="ArgumentException">The URI is relative, has another scheme, or has what a WebSocket URI cannot have.</exception>
    public static Request FromUri(Uri uri)
    {
        (string host, string target) = HostName.Split(uri);
        return new Request(host, target);
    }

    /// <inheritdoc/>
    public bool Equals(Request? other) =>
        other is not null
        && Host == other.Host
        && Target == other.Target
        && Content.Equal(Subprotocols, other.Subprotocols)
        && Content.Equal(Extensions, other.Extensions)
        && ExtraHeaders.Equals(other.ExtraHeaders);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Host, Target, Content.Hash(Subprotocols), ExtraHeaders);

    /// <inheritdoc/>
    protected override bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Host = ").AppendText(Host, LogText.MaxWords).AppendTarget(Target);
        builder.AppendList(nameof(Subprotocols), Subprotocols, subprotocol => subprotocol);
        builder.AppendList(nameof(Extensions), Extensions, extension => extension?.Name);
        builder.AppendList(nameof(ExtensionOffers), OffersIn(ExtraHeaders), offer => offer.ToString());
        builder.AppendList(nameof(ExtraHeaders), ExtraHeaders, field => field.Name);
        return true;
    }

    private static List<ExtensionElement> OffersIn(HeaderList? headers) =>
        ExtensionHeader.Parse(headers?.ValuesOf(HandshakeHeaders.Extensions) ?? []) ?? [];
}
