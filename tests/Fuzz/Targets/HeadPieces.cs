using WsProto.Tests;

namespace WsProto.Fuzz.Targets;

/// <summary>Lines of heads for the mutator.</summary>
internal static class HeadPieces
{
    private static readonly string[] _names =
    [
        "Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Accept", "Sec-WebSocket-Protocol",
        "Sec-WebSocket-Extensions", "Content-Length", "Transfer-Encoding", "Origin", "X",
    ];

    private static readonly string[] _values =
    [
        "example.com", "[::1]:80", "a b", "websocket", "Upgrade", "keep-alive, Upgrade", Heads.Key, "13", "8, 13", Heads.Accept, "chat",
        "chat, superchat", "chat, chat",
        "permessage-deflate", "permessage-deflate; client_max_window_bits", "permessage-deflate; server_max_window_bits=9", "x; a=\"b\\c\"",
        "0", "5", "chunked", "", ",", "\xFF",
    ];

    public static byte[] Line(Random random, string[] usual)
    {
        string line = random.Next(3) == 0
            ? usual[random.Next(usual.Length)]
            : $"{_names[random.Next(_names.Length)]}: {_values[random.Next(_values.Length)]}";
        return Wire.Latin1(line + (random.Next(12) == 0 ? "\n" : "\r\n"));
    }
}
