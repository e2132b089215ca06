using System;
using System.Collections.Generic;
using System.Globalization;

namespace WsProto.Conformance;

/// <summary>A case: what the judge sends, what has to come back, and how the connection has to end.</summary>
/// <remarks>The peer under test sends every message back, answers each Ping, and answers a Close.</remarks>
public sealed record ConformanceCase
{
    /// <summary>The chapters from here on are ours; the established suite does not have them.</summary>
    internal const int FirstAdditionalChapter = 20;

    private readonly string? _expectation;

    /// <param name="id">Its number: that of the established suite where it has the case.</param>
    /// <param name="section">The section of RFC 6455, or of RFC 7692 for compression.</param>
    /// <param name="title">What is sent, in a few words.</param>
    internal ConformanceCase(string id, string section, string title) => (Id, Section, Title) = (id, section, title);

    /// <summary>The number of the case, such as <c>6.4.1</c>. The established suite has the same.</summary>
    public string Id { get; }

    /// <summary>What is sent, in a few words.</summary>
    public string Title { get; }

    /// <summary>The rule that the case is about, such as <c>RFC 6455 §5.2</c>; of HTTP where RFC 6455 leaves it to that.</summary>
    public string Rule => $"RFC {Document ?? (IsCompressed ? "7692" : "6455")} §{Section}";

    /// <summary>What the peer should do, in a sentence.</summary>
    public string Expectation
    {
        get => _expectation ?? Derived;
        internal init => _expectation = value;
    }

    /// <summary>Whether the established suite has the case.</summary>
    public bool IsEstablished => Chapter < FirstAdditionalChapter;

    /// <summary>Whether there is no right and no wrong: the result says what the peer did.</summary>
    public bool IsInformational { get; internal init; }

    /// <summary>Whether servers are judged by the case.</summary>
    public bool IsForServers { get; internal init; } = true;

    /// <summary>Whether clients are judged by the case.</summary>
    public bool IsForClients { get; internal init; } = true;

    /// <summary>The first part of the id.</summary>
    public int Chapter => int.Parse(Id.AsSpan(0, Id.IndexOf('.', StringComparison.Ordinal)), CultureInfo.InvariantCulture);

    /// <summary>What the chapter is about.</summary>
    public string Subject => Chapter switch
    {
        1 => "Framing",
        2 => "Pings and Pongs",
        3 => "Reserved bits",
        4 => "Opcodes",
        5 => "Fragmentation",
        6 => "UTF-8",
        7 => "Closing",
        9 => "Large and many messages",
        10 => "Fragments of odd sizes",
        12 => "Compression of many sizes",
        13 => "Compression under parameters",
        20 => "Opening handshake",
        21 => "Masks",
        22 => "Lengths",
        23 => "Forms and faults of compression",
        24 => "Close codes and places of Closes",
        25 => "Early data",
        26 => "Half-close",
        27 => "Answers to the opening handshake",
        _ => "Others",
    };

    /// <summary>The section without the RFC.</summary>
    internal string Section { get; init; }

    /// <summary>The RFC that has the section; null for 6455, or 7692 where compression is offered.</summary>
    internal string? Document { get; init; }

    /// <summary>What is done. Large ones are made anew whenever it is enumerated.</summary>
    internal IEnumerable<Step> Steps { get; init; } = [];

    /// <summary>How it has to end.</summary>
    internal Ending End { get; init; } = Ending.Clean();

    /// <summary>Other replies than those of the steps, which are allowed and not the best.</summary>
    internal IReadOnlyList<IReadOnlyList<Reply>> Lenient { get; init; } = [];

    /// <summary>Which of the lists in <see cref="Lenient"/> the established suite knows too.</summary>
    internal bool IsLenientInSuite { get; init; } = true;

    /// <summary>Which compression is offered, or as a server asked for; none for no extension.</summary>
    internal IReadOnlyList<DeflateOffer> Offers { get; init; } = [];

    /// <summary>The largest message that is sent, where it may be above a limit of the peer.</summary>
    internal int LargestMessage { get; init; }

    /// <summary>A request to judge the answer of, instead of steps; null for steps on an open connection.</summary>
    internal OpeningAttempt? Opening { get; init; }

    /// <summary>The most fragments of a message, where they may be more than the peer takes.</summary>
    internal int MostFragments { get; init; }

    /// <summary>What goes out in one piece with the request, or with the answer to a client's; null for nothing.</summary>
    internal Step? Early { get; init; }

    /// <summary>Header lines for the request that <see cref="Early"/> follows.</summary>
    internal string EarlyFields { get; init; } = "";

    /// <summary>
    /// Whether the judge ends its direction of the stream behind the last step, or behind <see cref="Early"/> where there is no step.
    /// </summary>
    internal bool EndsSending { get; init; }

    /// <summary>What a server is that does not open the WebSocket.</summary>
    internal Verdict WhenRefused { get; init; } = Verdict.Failed;

    /// <summary>An answer to a client's request other than the usual; null for that.</summary>
    internal AnswerAttempt? Answer { get; init; }

    /// <summary>
    /// Whether it is about a connection of HTTP/1.1: an extended CONNECT is answered before there are frames, and the HTTP/2 of the base
    /// class library cannot end one direction of a stream.
    /// </summary>
    internal bool NeedsHttp1 => Opening is not null || Early is not null || EndsSending;

    private bool IsCompressed => Offers.Count > 0;

    private string Derived
    {
        get
        {
            if (IsInformational)
                return "There is no right and no wrong: the peer may end the connection in any way.";
            if (End.IsAny)
                return "The peer ends the connection, and answers nothing that is not whole; a Close before that may have any code.";
            string before = Lenient.Count == 0 ? "" : "The peer answers what came before the fault. ";
            return End.MayDrop
                ? $"{before}The peer fails the connection at once: it sends a Close with {End.Show()}, and then the stream ends."
                : $"Each message comes back as it was sent, each Ping is answered; the Close is answered with {End.Show()}.";
        }
    }

    /// <summary>The id, the rule and the title.</summary>
    public override string ToString() => $"{Id} ({Rule}): {Title}";
}

/// <summary>How a case has to end: with a Close of the peer, and then the end of the stream.</summary>
/// <param name="Codes">The codes of which the peer's Close has one.</param>
/// <param name="MayDrop">Whether it is allowed, and not the best, to drop the connection without a Close.</param>
internal sealed record Ending(IReadOnlyList<int> Codes, bool MayDrop)
{
    /// <summary>Other codes that are allowed, and not the best.</summary>
    public IReadOnlyList<int> LenientCodes { get; init; } = [];

    /// <summary>Whether all that matters is that the stream ends, with a Close before that or without.</summary>
    public bool IsAny { get; private init; }

    /// <summary>The peer answers our Close.</summary>
    public static Ending Clean(params IReadOnlyList<int> codes) => new(codes.Count == 0 ? [1000] : codes, MayDrop: false);

    /// <summary>The peer fails the connection (RFC 6455 §7.1.7).</summary>
    public static Ending Fails(params IReadOnlyList<int> codes) => new(codes, MayDrop: true);

    /// <summary>The peer ends the connection, as the judge has gone without a Close (RFC 6455 §7.1.5).</summary>
    public static Ending Any => new([], MayDrop: true) { IsAny = true };

    public string Show() => string.Join(" or ", System.Linq.Enumerable.Select(
        Codes, code => code == Reply.NoStatus ? "no code" : code.ToString(CultureInfo.InvariantCulture)));
}
