// What has to be true of a request that was not refused. Read from the bytes once more, by splitting strings.

using System.Text;

namespace WsProto.Fuzz.Oracles;

internal static class HeadRules
{
    public static void Accepted(Request request, byte[] bytes, (int Size, int Count, int Line, int Body) limits)
    {
        string text = Encoding.Latin1.GetString(bytes);
        int begin = 0;
        while (text.AsSpan(begin).StartsWith("\r\n"))
            begin += 2;
        text = text[begin..];
        int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        Oracle.That(end >= 0 && begin + end + 4 <= limits.Size, "A request without an end, or beyond the limit, was taken.");
        string[] lines = text[..end].Split("\r\n");
        Oracle.That(lines.Length - 1 <= limits.Count, "More header lines than the limit were taken.");
        foreach (string line in lines)
        {
            Oracle.That(line.Length <= limits.Line, "A line beyond the limit was taken.");
            Oracle.That(line.All(c => c is (>= ' ' and not '\x7F') or '\t'), "A control byte was taken.");
        }

        string[] start = lines[0].Split(' ');
        Oracle.That(
            start is ["GET", _, _] && start[2].StartsWith("HTTP/1.", StringComparison.Ordinal) && start[2] != "HTTP/1.0",
            "A wrong request line was taken.");
        Oracle.Same(start[1], request.Target, "The target.");
        (string Name, string Value)[] fields = [.. lines.Skip(1).Select(Field)];
        Oracle.That(fields.All(field => field.Name.Length > 0 && field.Name.All(IsTokenChar)), "A header without a proper name was taken.");
        Oracle.That(One(fields, "Host") is { Length: > 0 } host && (start[1][0] != '/' || host == request.Host), "Not one Host.");
        Oracle.Same("13", One(fields, "Sec-WebSocket-Version"), "The version.");
        Oracle.That(
            One(fields, "Sec-WebSocket-Key") is { Length: 24 } key && key.EndsWith("==", StringComparison.Ordinal),
            "A wrong key was taken.");
        Oracle.That(Lists(fields, "Upgrade", "websocket") && Lists(fields, "Connection", "upgrade"), "What is no upgrade was taken.");
        Oracle.That(
            !All(fields, "Transfer-Encoding").Any() && All(fields, "Content-Length").All(value => value == "0"),
            "A request with a body was taken.");
        Oracle.That(
            request.Subprotocols.All(name => name.Length > 0 && name.All(IsTokenChar))
                && request.Subprotocols.Distinct().Count() == request.Subprotocols.Count,
            "Wrong subprotocols were taken.");
        Oracle.Same(string.Join('\n', All(fields, "Origin")), string.Join('\n', request.ExtraHeaders.GetValues("Origin")), "The origin.");
        Oracle.Same(fields.Count(field => Kept(field.Name)), request.ExtraHeaders.Count, "The number of headers.");
    }

    private static (string Name, string Value) Field(string line)
    {
        int colon = line.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? ("", line) : (line[..colon], line[(colon + 1)..].Trim(' ', '\t'));
    }

    private static bool Kept(string name) =>
        !((string[])["Host", "Sec-WebSocket-Protocol"]).Contains(name, StringComparer.OrdinalIgnoreCase);

    private static IEnumerable<string> All((string Name, string Value)[] fields, string name) =>
        fields.Where(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(field => field.Value);

    private static string? One((string Name, string Value)[] fields, string name) =>
        All(fields, name).ToArray() is [var value] ? value : null;

    private static bool Lists((string Name, string Value)[] fields, string name, string token) =>
        All(fields, name)
            .SelectMany(value => value.Split(','))
            .Any(element => element.Trim(' ', '\t').Equals(token, StringComparison.OrdinalIgnoreCase));

    private static bool IsTokenChar(char c) => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal);
}
