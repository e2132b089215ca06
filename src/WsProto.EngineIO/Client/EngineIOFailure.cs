using System;
using System.Globalization;

namespace WsProto.EngineIO;

/// <summary>An error of a client's session or of one of its transports.</summary>
public enum EngineIOClientError
{
    /// <summary>The transport did not open the session within <see cref="EngineIOClientOptions.OpenTimeout"/>.</summary>
    OpenTimeout = 0,

    /// <summary>A request got no response, or a WebSocket could not be opened, because the network failed.</summary>
    Unreachable = 1,

    /// <summary>The server, or a proxy, refused a request or a WebSocket.</summary>
    Refused = 2,

    /// <summary>The first packet from the server is not an open packet.</summary>
    OpenMalformed = 3,

    /// <summary>Received data is not a packet, or not one that a server sends.</summary>
    PacketMalformed = 4,

    /// <summary>Nothing was received for longer than the ping interval and the ping timeout together.</summary>
    Silence = 5,

    /// <summary>The server closed the session.</summary>
    ClosedByServer = 6,

    /// <summary>The WebSocket was closed or lost.</summary>
    WebSocketClosed = 7,

    /// <summary>An upgrade took longer than <see cref="EngineIOClientOptions.UpgradeTimeout"/>. The session stays open.</summary>
    UpgradeTimeout = 8,

    /// <summary>The WebSocket of an upgrade did not answer with <c>3probe</c>. The session stays open.</summary>
    UpgradeMalformed = 9,
}

/// <summary>An error of a client's session, with its details.</summary>
/// <param name="Error">The error.</param>
/// <param name="Transport">The transport that failed.</param>
public sealed record EngineIOFailure(EngineIOClientError Error, EngineIOTransports Transport)
{
    /// <summary>The request, or the request that identifies the WebSocket; null if the error belongs to none.</summary>
    public EngineIOClientRequest? Request { get; init; }

    /// <summary>The HTTP status of the response; null if there was none.</summary>
    public int? Status { get; init; }

    /// <summary>The body of the refusal, as far as the host passed it.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The error code in the body, for example 1 for an unknown session; null if there is none.</summary>
    public int? Code { get; init; }

    /// <summary>The message in the body; null if there is none. The server wrote it, so do not trust it.</summary>
    public string? Message { get; init; }

    /// <summary>The close code of the WebSocket (RFC 6455 §7.4.1); null if there was none.</summary>
    public ushort? CloseCode { get; init; }

    /// <summary>The reason for the end of the session, if the error ends it.</summary>
    internal CloseReason Reason => Error switch
    {
        EngineIOClientError.OpenTimeout or EngineIOClientError.Unreachable or EngineIOClientError.Refused
            or EngineIOClientError.UpgradeTimeout or EngineIOClientError.UpgradeMalformed => CloseReason.TransportError,
        EngineIOClientError.OpenMalformed or EngineIOClientError.PacketMalformed => CloseReason.ParseError,
        EngineIOClientError.Silence => CloseReason.PingTimeout,
        EngineIOClientError.ClosedByServer or EngineIOClientError.WebSocketClosed => CloseReason.TransportClose,
    };

    /// <summary>
    /// Whether every transport would fail in the same way: the application refused (code 4), or the server has another version (code 5).
    /// </summary>
    internal bool IsFinal => Code is 4 or 5;

    /// <summary>Describes the error for logs. The text contains the server's message, if there is one.</summary>
    public override string ToString()
    {
        string way = Transport == EngineIOTransports.Polling ? "polling" : "WebSocket";
        string what = Error switch
        {
            EngineIOClientError.OpenTimeout => "The session did not open in time",
            EngineIOClientError.Unreachable => "The server could not be reached",
            EngineIOClientError.Refused => "The server refused",
            EngineIOClientError.OpenMalformed => "The first packet does not open a session",
            EngineIOClientError.PacketMalformed => "The server sent something that is not a packet",
            EngineIOClientError.Silence => "Nothing was received from the server in time",
            EngineIOClientError.ClosedByServer => "The server has closed the session",
            EngineIOClientError.WebSocketClosed => "The WebSocket was closed",
            EngineIOClientError.UpgradeTimeout => "The upgrade did not complete in time",
            EngineIOClientError.UpgradeMalformed => "The server did not answer the probe of the upgrade",
        };
        string status = Status is { } number ? string.Create(CultureInfo.InvariantCulture, $", status {number}") : "";
        string close = CloseCode is { } code ? string.Create(CultureInfo.InvariantCulture, $", close code {code}") : "";
        return $"{what} ({way}{status}{close}){(Message is null ? "." : ": " + Message)}";
    }
}
