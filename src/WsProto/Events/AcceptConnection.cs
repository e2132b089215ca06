using System;
using System.Collections.Generic;
using System.Text;
using WsProto.Extensions;

namespace WsProto;

/// <summary>The answer that opens the connection (<see href="https://www.rfc-editor.org/rfc/rfc6455#section-4.2.2">RFC 6455 §4.2.2</see>): a server sends it, a client reads it.</summary>
public sealed record AcceptConnection : WsEvent
{
    /// <summary>The chosen subprotocol, one of those that the request names; null for none.</summary>
    public string? Subprotocol { get; init; }

    /// <summary>Server: the extensions that it would take, as templates; those that fit an offer are agreed on. Client: those agreed on, as this connection's objects.</summary>
    public IReadOnlyList<WsExtension> Extensions { get; init; } = [];

    /// <summary>All other headers of the response.</summary>
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
        builder.AppendList(nameof(ExtraHeaders), ExtraHeaders, field => field.Name);
        return true;
    }
}
