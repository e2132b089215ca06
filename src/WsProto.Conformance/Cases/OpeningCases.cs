using System.Collections.Generic;
using System.Linq;

namespace WsProto.Conformance;

/// <summary>20: the opening handshake of a server over HTTP/1.1.</summary>
internal static class OpeningCases
{
    private const string Requirements = "4.2.1";
    private const string Http = "9112";
    private const int Mebibyte = 1 << 20;

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
        Accepted("20.12", "4.1", "request with a subprotocol, which the server may choose",
            new() { More = "Sec-WebSocket-Protocol: x-unknown\r\n" }),
        Refused("20.13", Requirements, "request whose key has 18 octets, in 24 characters", new() { Key = "MTIzNDU2Nzg5MDEyMzQ1Njc4" }),
        Refused("20.14", Requirements, "request whose key is no base64", new() { Key = "dGhlIHNhbXBsZSBub25jZ!==" }),
        Refused("20.15", "11.3.1", "request with two keys", new() { More = "Sec-WebSocket-Key: MTIzNDU2Nzg5MDEyMzQ1Ng==\r\n" }),
        Refused("20.16", "11.3.5", "request for version 13 and, in another field, for version 8",
            new() { More = "Sec-WebSocket-Version: 8\r\n" }),
        Refused("20.17", "3.2", "request with two Hosts", new() { More = "Host: elsewhere.invalid\r\n" }) with { Document = Http },
        Refused("20.18", "5.1", "request with a space between the name of a field and its colon", new() { More = "X-Other : 1\r\n" })
            with { Document = Http },
        Accepted("20.19", "5.1", "request whose fields have names in other case, and tabs around their values",
            new() { IsOddlyWritten = true }) with { Document = "9110" },
        Accepted("20.20", Requirements, "request in single octets", new() { IsInOctets = true }),
        Accepted("20.21", Requirements, "request whose target is the whole address", new() { IsAbsolute = true }),
        Accepted("20.22", "11.3.2", "request with two fields of extensions that nobody knows",
            new() { More = "Sec-WebSocket-Extensions: x-one\r\nSec-WebSocket-Extensions: x-two, x-three\r\n" }),
        Accepted("20.23", "11.3.4", "request with two fields of subprotocols, of which the server may choose one",
            new() { More = "Sec-WebSocket-Protocol: x-one\r\nSec-WebSocket-Protocol: x-two, x-three\r\n" }),
        Either("20.24", Http, "2.2", "request behind an empty line", new() { Before = "\r\n" },
            "The server opens the WebSocket, as it should not mind the line, or refuses."),
        Either("20.25", Http, "5.2", "request with a field in two lines", new() { More = "X-Other: 1,\r\n 2\r\n" },
            "The server refuses with 400, or takes the line break for a space."),
        Either("20.26", Http, "3", "request line of 1 MiB", new() { Padding = Mebibyte },
            "The server answers 414, or another error, or opens the WebSocket, or ends the connection."),
        Either("20.27", "6585", "5", "request with header fields of 1 MiB",
            new() { More = string.Concat(Enumerable.Repeat($"X-Other: {new string('x', 1024)}\r\n", Mebibyte / 1024)) },
            "The server answers 431, or another error, or opens the WebSocket, or ends the connection."),
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
        Opening = attempt with { End = OpeningEnd.Accepted },
        IsForClients = false,
        Expectation = "The server opens the WebSocket and agrees to nothing that was not offered.",
    };

    private static ConformanceCase Either(
        string id, string document, string section, string sends, OpeningAttempt attempt, string expectation) => new(id, section, sends)
        {
            Document = document,
            Opening = attempt with { End = OpeningEnd.Either },
            IsForClients = false,
            IsInformational = true,
            Expectation = expectation,
        };
}
