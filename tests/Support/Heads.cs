// Valid heads to start from; a test changes the one line that it is about.

namespace WsProto.Tests;

public static class Heads
{
    /// <summary>The example of RFC 6455 §1.3.</summary>
    public const string Key = "dGhlIHNhbXBsZSBub25jZQ==";
    public const string Accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    /// <summary>16 octets whose base64 is <see cref="Key"/>: put them into <see cref="Rand.Fixed"/> to make a client send it.</summary>
    public static readonly byte[] Nonce = Convert.FromBase64String(Key);

    public static readonly string[] RequestLines =
    [
        "GET /chat HTTP/1.1", "Host: example.com", "Upgrade: websocket", "Connection: Upgrade",
        $"Sec-WebSocket-Key: {Key}", "Sec-WebSocket-Version: 13",
    ];

    public static readonly string[] ResponseLines =
        ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade", $"Sec-WebSocket-Accept: {Accept}"];

    /// <summary>The request with one header replaced (null leaves it out), and lines added.</summary>
    public static byte[] Request(string? name = null, string? value = null, params string[] more) => Wire.Head([.. With(RequestLines, name, value), .. more]);

    /// <summary>The 101 with one header replaced (null leaves it out), and lines added.</summary>
    public static byte[] Response(string? name = null, string? value = null, params string[] more) => Wire.Head([.. With(ResponseLines, name, value), .. more]);

    private static IEnumerable<string> With(string[] lines, string? name, string? value)
    {
        foreach (string line in lines)
        {
            if (name is null || !line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
                yield return line;
            else if (value is not null)
                yield return $"{name}: {value}";
        }
    }
}
