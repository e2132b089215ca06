using System.Globalization;

namespace WsProto.Conformance;

/// <summary>A case: what a client sends, what has to come back, and how it has to end.</summary>
/// <param name="Id">Its number in the established suite.</param>
/// <param name="Section">The section of RFC 6455, or of RFC 7692 for 12 and 13.</param>
/// <param name="Sends">What is sent, in a few words.</param>
internal sealed record ConformanceCase(string Id, string Section, string Sends)
{
    /// <summary>What is done. Large ones are made anew whenever it is enumerated.</summary>
    public required IEnumerable<Step> Steps { get; init; }

    /// <summary>How it has to end.</summary>
    public Ending End { get; init; } = Ending.Clean();

    /// <summary>Other replies than those of the steps, which are allowed and not the best.</summary>
    public IReadOnlyList<IReadOnlyList<Reply>> Lenient { get; init; } = [];

    /// <summary>Whether there is no right or wrong: any end is, and any replies before it.</summary>
    public bool IsInformational { get; init; }

    /// <summary>Which compression is offered; none for no extension.</summary>
    public IReadOnlyList<DeflateOffer> Offers { get; init; } = [];

    /// <summary>The first part of the id.</summary>
    public int Chapter => int.Parse(Id.AsSpan(0, Id.IndexOf('.', StringComparison.Ordinal)), CultureInfo.InvariantCulture);

    public override string ToString() => $"{Id} (§{Section}): {Sends}";
}

/// <summary>How a case has to end: with a Close of the server, and then the end of the stream.</summary>
/// <param name="Codes">The codes of which the server's Close has one.</param>
/// <param name="MayDrop">Whether it is allowed, and not the best, to drop the connection without a Close.</param>
internal sealed record Ending(IReadOnlyList<int> Codes, bool MayDrop)
{
    /// <summary>The server answers our Close.</summary>
    public static Ending Clean(params IReadOnlyList<int> codes) => new(codes.Count == 0 ? [1000] : codes, MayDrop: false);

    /// <summary>The server fails the connection (RFC 6455 §7.1.7).</summary>
    public static Ending Fails(params IReadOnlyList<int> codes) => new(codes, MayDrop: true);
}
