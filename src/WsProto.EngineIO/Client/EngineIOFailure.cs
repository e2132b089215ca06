using System;
using System.Globalization;

namespace WsProto.EngineIO;

/// <summary>What went wrong with a client's session or one of its transports.</summary>
public enum EngineIOClientError
{
    /// <summary>The transport did not open the session within <see cref="EngineIOClientOptions.OpenTimeout"/>.</summary>
    OpenTimeout = 0,

    /// <summary>A request got no answer, or a WebSocket did not open: the way to the server failed.</summary>
    Unreachable = 1,

    /// <summary>The server, or somebody on the way, refused a request or a WebSocket.</summary>
    Refused = 2,

    /// <summary>The first answer is not what opens a session.</summary>
    OpenMalformed = 3,

    /// <summary>What came is no packet, or none that a server sends.</summary>
    PacketMalformed = 4,

    /// <summary>Nothing came from the server for as long as its ping and the answer to it may take.</summary>
    Silence = 5,

    /// <summary>The server has closed the session.</summary>
    ClosedByServer = 6,

    /// <summary>The WebSocket was closed or lost.</summary>
    WebSocketClosed = 7,

    /// <summary>An upgrade was not done within <see cref="EngineIOClientOptions.UpgradeTimeout"/>. The session stays.</summary>
    UpgradeTimeout = 8,

    /// <summary>The WebSocket of an upgrade answered something else than it has to. The session stays.</summary>
    UpgradeMalformed = 9,
}

/// <summary>What went wrong, and what is known of it.</summary>
/// <param name="Error">What.</param>
/// <param name="Transport">With which transport.</param>
public sealed record EngineIOFailure(EngineIOClientError Error, EngineIOTransports Transport)
{
    /// <summary>The request or WebSocket that it is about; null if it is about none.</summary>
    public EngineIOClientRequest? Request { get; init; }

    /// <summary>The status of the answer; null if there was none.</summary>
    public int? Status { get; init; }

    /// <summary>The body of a refusal, as far as the host has given it.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The code in the body, such as 1 for a session that the server does not know; null if it has none.</summary>
    public int? Code { get; init; }

    /// <summary>The message in the body; null if it has none. The server wrote it.</summary>
    public string? Message { get; init; }

    /// <summary>The close code of the WebSocket (RFC 6455 §7.4.1); null if it had none.</summary>
    public ushort? CloseCode { get; init; }

    /// <summary>Why the session ends, if it does.</summary>
    internal CloseReason Reason => Error switch
    {
        EngineIOClientError.OpenTimeout or EngineIOClientError.Unreachable or EngineIOClientError.Refused
            or EngineIOClientError.UpgradeTimeout or EngineIOClientError.UpgradeMalformed => CloseReason.TransportError,
        EngineIOClientError.OpenMalformed or EngineIOClientError.PacketMalformed => CloseReason.ParseError,
        EngineIOClientError.Silence => CloseReason.PingTimeout,
        EngineIOClientError.ClosedByServer or EngineIOClientError.WebSocketClosed => CloseReason.TransportClose,
    };

    /// <summary>
    /// Whether another transport would fail the same way: the application refused (code 4), or the server is of another version (5).
    /// </summary>
    internal bool IsFinal => Code is 4 or 5;

    /// <summary>A sentence for logs. It has the server's message, if there is one.</summary>
    public override string ToString()
    {
        string way = Transport == EngineIOTransports.Polling ? "polling" : "WebSocket";
        string what = Error switch
        {
            EngineIOClientError.OpenTimeout => "The session did not open in time",
            EngineIOClientError.Unreachable => "The server was not reached",
            EngineIOClientError.Refused => "The server refused",
            EngineIOClientError.OpenMalformed => "The first answer does not open a session",
            EngineIOClientError.PacketMalformed => "What came is no packet",
            EngineIOClientError.Silence => "Nothing came from the server in time",
            EngineIOClientError.ClosedByServer => "The server has closed the session",
            EngineIOClientError.WebSocketClosed => "The WebSocket was closed",
            EngineIOClientError.UpgradeTimeout => "The upgrade was not done in time",
            EngineIOClientError.UpgradeMalformed => "The upgrade was answered by something else",
        };
        string status = Status is { } number ? string.Create(CultureInfo.InvariantCulture, $", status {number}") : "";
        string close = CloseCode is { } code ? string.Create(CultureInfo.InvariantCulture, $", close code {code}") : "";
        return $"{what} ({way}{status}{close}){(Message is null ? "." : ": " + Message)}";
    }
}
