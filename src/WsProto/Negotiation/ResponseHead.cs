namespace WsProto;

/// <summary>The head of the answer to an opening request, for a carrier that writes it: a web framework, or HTTP/2.</summary>
/// <param name="StatusCode">The HTTP status.</param>
/// <param name="Headers">The header fields, all of them but those that frame the message (<c>Content-Length</c>, <c>Date</c>).</param>
public sealed record ResponseHead(int StatusCode, HeaderList Headers);
