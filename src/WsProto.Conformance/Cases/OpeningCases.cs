using System.Collections.Generic;

namespace WsProto.Conformance;

/// <summary>20: the opening handshake of a server over HTTP/1.1.</summary>
internal static class OpeningCases
{
    private const string Requirements = "4.2.1";

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        Refused("20.1", "4.4", "request for version 12", new() { Version = "12" }) with { Expectation = VersionExpected },
        Refused("20.2", Requirements, "request without a key", new() { Key = null }),
        Refused("20.3", Requirements, "request whose key has 15 octets", new() { Key = "MTIzNDU2Nzg5MDEyMzQ1" }),
        Refused("20.4", Requirements, "request without Upgrade", new() { Upgrade = null }),
        Refused("20.5", Requirements, "request to upgrade to something else", new() { Upgrade = "h2c" }),
        Refused("20.6", Requirements, "request without Connection", new() { Connection = null }),
        Refused("20.7", Requirements, "request by POST", new() { Method = "POST", More = "Content-Length: 0\r\n" }),
        Refused("20.8", Requirements, "request of HTTP/1.0", new() { Http = "HTTP/1.0" }),
        Refused("20.9", Requirements, "request without Host", new() { HasHost = false }),
        Accepted("20.10", Requirements, "request with tokens in other case and in a list",
            new() { Upgrade = "WebSocket", Connection = "keep-alive, uPGRADE" }),
        Accepted("20.11", "4.1", "request with an extension that nobody knows",
            new() { More = "Sec-WebSocket-Extensions: x-unknown; a=1\r\n" }),
        Accepted("20.12", "4.1", "request with a subprotocol, which the server may choose", new() { More = "Sec-WebSocket-Protocol: x-unknown\r\n" }),
    ];

    private static string VersionExpected => "The server answers 426 with Sec-WebSocket-Version: 13; another error is allowed.";

    private static ConformanceCase Refused(string id, string section, string sends, OpeningAttempt attempt) => new(id, section, sends)
    {
        Opening = attempt,
        IsForClients = false,
        Expectation = "The server answers with an error of HTTP; to end the connection without an answer is allowed.",
    };

    private static ConformanceCase Accepted(string id, string section, string sends, OpeningAttempt attempt) => new(id, section, sends)
    {
        Opening = attempt with { IsRight = true },
        IsForClients = false,
        Expectation = "The server opens the WebSocket and agrees to nothing that was not offered.",
    };
}
