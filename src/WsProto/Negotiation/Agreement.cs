using System.Collections.Generic;
using WsProto.Extensions;

namespace WsProto.Negotiation;

/// <summary>What a handshake has agreed on.</summary>
/// <param name="Headers">Server: the headers of the answer, those of the application included.</param>
/// <param name="Subprotocol">The subprotocol; null for none.</param>
/// <param name="Extensions">This connection's objects of the extensions, in the order of the server's answer.</param>
internal readonly record struct Agreement(HeaderList Headers, string? Subprotocol, IReadOnlyList<ExtensionCodec> Extensions);
