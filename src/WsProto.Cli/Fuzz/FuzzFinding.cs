using System.Collections.Generic;

namespace WsProto.Cli.Fuzz;

/// <summary>What a server does wrong.</summary>
/// <param name="Kind">One of the names below.</param>
/// <param name="Rule">The section that it breaks; empty where no standard has one.</param>
/// <param name="Text">What it is.</param>
internal sealed record FuzzFinding(string Kind, string Rule, string Text)
{
    /// <summary>It sends what the standard forbids.</summary>
    public const string Forbidden = "forbidden";

    /// <summary>With <c>--echo</c>: a message comes back otherwise, or not.</summary>
    public const string Echo = "echo";

    /// <summary>It blames a client that broke no rule.</summary>
    public const string Blames = "blames";

    /// <summary>It leaves the connection open.</summary>
    public const string StaysOpen = "stays-open";

    /// <summary>A Ping gets no Pong.</summary>
    public const string NoPong = "no-pong";

    /// <summary>A Close gets no Close.</summary>
    public const string NoClose = "no-close";

    /// <summary>It answers otherwise when the same octets come in other segments.</summary>
    public const string Differs = "differs";

    /// <summary>It opens no connection any more.</summary>
    public const string Gone = "gone";

    /// <summary>Whether it is the same fault, whatever the input was.</summary>
    public bool IsLike(FuzzFinding? other) => other is not null && (Kind, Rule) == (other.Kind, other.Rule);
}

/// <summary>An input and what came of it.</summary>
/// <param name="Segments">What was sent, each in a write of its own.</param>
/// <param name="Finding">What is wrong; null for nothing.</param>
/// <param name="Exchange">The connection; null where none came about.</param>
internal sealed record FuzzResult(IReadOnlyList<byte[]> Segments, FuzzFinding? Finding, FuzzExchange? Exchange);

/// <summary>How the stream of a connection ended.</summary>
internal enum FuzzEnd
{
    /// <summary>The server has ended it.</summary>
    Ended,

    /// <summary>It was broken off.</summary>
    Reset,

    /// <summary>The server left it open.</summary>
    LeftOpen,
}

/// <summary>A connection from behind its opening handshake to its end.</summary>
internal sealed record FuzzExchange
{
    /// <summary>All that was sent.</summary>
    public required IReadOnlyList<byte[]> Sent { get; init; }

    /// <summary>What the input was, up to where it ended or broke a rule.</summary>
    public required FuzzReading Input { get; init; }

    /// <summary>What the server has sent.</summary>
    public required FuzzReading Answer { get; init; }

    /// <summary>The octets of it.</summary>
    public required byte[] Received { get; init; }

    public required FuzzEnd End { get; init; }

    /// <summary>The compression that was agreed on; null for none.</summary>
    public ExtensionElement? Agreed { get; init; }

    /// <summary>Whether nothing was wrong with the input, and this side has closed first.</summary>
    public required bool IsClosedHere { get; init; }

    /// <summary>Whether all was answered that has to be: the last Ping and, with <c>--echo</c>, the messages.</summary>
    public required bool IsAnswered { get; init; }
}
