using System;
using System.Collections.Generic;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using WsProto.Conformance;

namespace WsProto.Cli.Conform;

/// <summary>What a command line of <c>conform</c> asks for.</summary>
internal sealed record ConformSettings
{
    /// <summary>The server to judge; null to listen for clients.</summary>
    public Uri? Server { get; init; }

    /// <summary>Where to listen; null to judge a server.</summary>
    public IPEndPoint? Listen { get; init; }

    /// <summary>For TLS of the listener; null for none.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Whether the first client that says that it is done ends the program.</summary>
    public bool IsOnce { get; init; }

    /// <summary>The name of the implementation in reports; null for its address, or the name that a client gives itself.</summary>
    public string? Name { get; init; }

    public required IReadOnlyList<ConformanceCase> Cases { get; init; }

    public required ConformanceOptions Options { get; init; }

    /// <summary>Whether lenient is a failure.</summary>
    public bool IsStrict { get; init; }

    /// <summary>Whether cases that are fine are shown on a terminal too.</summary>
    public bool IsVerbose { get; init; }

    public string? Json { get; init; }

    public string? JUnit { get; init; }

    public string? Html { get; init; }

    public string? Baseline { get; init; }

    public string? WriteBaseline { get; init; }
}
