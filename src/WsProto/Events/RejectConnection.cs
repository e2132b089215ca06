using System.Globalization;
using System.Text;

namespace WsProto;

/// <summary>
/// The answer that refuses the connection (<see href="https://www.rfc-editor.org/rfc/rfc6455#section-4.2.2">RFC 6455 §4.2.2</see>): a
/// server sends it, a client reads it.
/// </summary>
/// <remarks>
/// With <see cref="HasBody"/>, <see cref="RejectData"/> follows. A sent refusal gets its framing and <c>Connection: close</c> added unless
/// <see cref="Headers"/> has them.
/// </remarks>
public sealed record RejectConnection : WsEvent
{
    /// <summary>
    /// The HTTP status (RFC 9110 §15). To be sent: 200 to 599. Received: what the peer sent, three digits of which the first is not 1;
    /// treat a status outside 200 to 599 like one of 500 to 599. Default: 400.
    /// </summary>
    public int StatusCode { get; init; } = 400;

    /// <summary>
    /// The headers of the response. A server may set <c>Content-Length</c>; <c>Transfer-Encoding</c> is the connection's own.
    /// </summary>
    public HeaderList Headers { get; init; } = [];

    /// <summary>Whether a body follows.</summary>
    public bool HasBody { get; init; }

    internal override EventKind Kind => EventKind.RejectConnection;

    /// <inheritdoc/>
    protected override bool PrintMembers(StringBuilder builder)
    {
        builder.Append(CultureInfo.InvariantCulture, $"StatusCode = {StatusCode}");
        builder.AppendList(nameof(Headers), Headers, field => field.Name);
        builder.AppendUnless(nameof(HasBody), HasBody, false);
        return true;
    }
}
