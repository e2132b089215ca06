// The header fields of the opening handshake: those that it sets itself, and what a caller may add.

using System;
using System.Collections.Generic;

namespace WsProto.Negotiation;

internal static class HandshakeHeaders
{
    internal const string Key = "Sec-WebSocket-Key";
    internal const string Accept = "Sec-WebSocket-Accept";
    internal const string Version = "Sec-WebSocket-Version";
    internal const string Protocol = "Sec-WebSocket-Protocol";
    internal const string Extensions = "Sec-WebSocket-Extensions";

    /// <summary>The version of the protocol, the only one (§4.1).</summary>
    internal const string SupportedVersion = "13";

    /// <summary>The names that the handshake itself writes, or that would give an upgrade a body.</summary>
    internal static readonly string[] Own =
    [
        "Connection", "Upgrade", "Content-Length", "Transfer-Encoding", Key, Accept, Version, Protocol, Extensions,
    ];

    /// <summary>The same for a request, whose host is a property of its own.</summary>
    internal static readonly string[] OwnOfRequest = [.. Own, "Host"];

    /// <summary>
    /// Checks the caller's fields before anything is sent, so that no value can end its line and begin another (header injection).
    /// </summary>
    /// <param name="fields">The fields.</param>
    /// <param name="reserved">Names that the handshake owns.</param>
    /// <param name="parameter">The argument that holds the fields.</param>
    /// <exception cref="ArgumentException">A name is no token or is reserved, or a value holds what no header may.</exception>
    internal static void ThrowIfNotSendable(HeaderList fields, IReadOnlyCollection<string> reserved, string parameter)
    {
        ArgumentNullException.ThrowIfNull(fields, parameter);
        foreach (HeaderField field in fields)
        {
            HttpGrammar.ThrowIfNotToken(field.Name, parameter);
            if (field.Value is null || !HttpGrammar.IsFieldValue(field.Value))
                throw new ArgumentException(
                    $"The value of the header '{field.Name}' holds control or non-Latin-1 characters (RFC 9110 §5.5).", parameter);
            foreach (string name in reserved)
            {
                if (name.Equals(field.Name, StringComparison.OrdinalIgnoreCase))
                    throw new ArgumentException($"The header '{field.Name}' is set by the handshake itself.", parameter);
            }
        }
    }
}
