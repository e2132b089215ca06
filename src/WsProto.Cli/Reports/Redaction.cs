using System;
using System.Linq;

namespace WsProto.Cli.Reports;

/// <summary>Reports are shown to others: what a request proves its sender with is left out.</summary>
internal static class Redaction
{
    private static readonly string[] _secret = ["Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"];

    /// <summary>A head without the values of fields that are secret.</summary>
    public static string Of(string head) => string.Join("\r\n", head.Split("\r\n").Select(line =>
    {
        int colon = line.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && _secret.Contains(line[..colon], StringComparer.OrdinalIgnoreCase) ? line[..colon] + ": …" : line;
    }));
}
