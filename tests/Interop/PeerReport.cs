namespace WsProto.Interop.Tests;

/// <summary>One line that a peer printed; which fields it has depends on the event (see the top of each peer).</summary>
internal sealed record PeerReport(string Event)
{
    public string? Subprotocol { get; init; }

    public bool Deflate { get; init; }

    public string? Path { get; init; }

    public string? Kind { get; init; }

    public int Bytes { get; init; }

    public string? Sha256 { get; init; }

    public string? Payload { get; init; }

    public int Status { get; init; }

    public Dictionary<string, string>? Headers { get; init; }

    public string? Body { get; init; }

    public int Code { get; init; }

    public string? Reason { get; init; }

    public string? First { get; init; }

    public string? Message { get; init; }

    public string? Carrier { get; init; }

    public string? Sent { get; init; }

    public IReadOnlyList<string>? Texts { get; init; }

    public IReadOnlyList<string>? Errors { get; init; }
}
