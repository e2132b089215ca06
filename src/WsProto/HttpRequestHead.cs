using System.Text;

namespace WsProto;

/// <summary>
/// The head of an HTTP request (<see href="https://www.rfc-editor.org/rfc/rfc9112#section-3">RFC 9112 §3</see>), as received.
/// </summary>
/// <remarks>Heads are equal by content. The text for logs has no query and no values of headers.</remarks>
public sealed record HttpRequestHead
{
    /// <summary>The method; methods are case-sensitive (RFC 9110 §9.1).</summary>
    public required string Method { get; init; }

    /// <summary>The request target, percent-encoded: a path and a query, unless the client speaks as to a proxy (RFC 9112 §3.2).</summary>
    public required string Target { get; init; }

    /// <summary>All header fields.</summary>
    public required HeaderList Headers { get; init; }

    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Method = ").AppendName(Method).AppendTarget(Target);
        builder.AppendList(nameof(Headers), Headers, field => field.Name);
        return true;
    }
}
