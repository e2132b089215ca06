using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using System.Net;

namespace WsProto.Cli;

/// <summary>Values of the command line.</summary>
internal static class Values
{
    /// <summary>Timers go as far as 49 days.</summary>
    internal const double MostSeconds = 4_000_000;

    /// <summary>An address of a WebSocket.</summary>
    /// <exception cref="CliException">It is none.</exception>
    public static Uri ServerUri(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "ws" or "wss" or "http" or "https" && uri.Host.Length > 0
            ? uri
            : throw new CliException(ExitCode.Usage, $"{text} is no address of a WebSocket; it has to begin with ws:// or wss://.");

    /// <summary>A port on loopback, or a host and a port.</summary>
    /// <exception cref="CliException">It is none.</exception>
    public static IPEndPoint EndPoint(string text)
    {
        if (ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
            return new IPEndPoint(IPAddress.Loopback, port);
        string named = text.StartsWith("localhost:", StringComparison.Ordinal) ? "127.0.0.1" + text["localhost".Length..]
            : text.StartsWith("*:", StringComparison.Ordinal) ? "0.0.0.0" + text[1..] : text;
        if (named.Contains(':', StringComparison.Ordinal) && IPEndPoint.TryParse(named, out IPEndPoint? place))
            return place;
        const string Places = "a port, or an address and a port such as 127.0.0.1:9001";
        throw new CliException(ExitCode.Usage, $"{text} is no place to listen at: {Places}.");
    }

    /// <summary>An address of IP.</summary>
    /// <exception cref="CliException">It is none.</exception>
    public static IPAddress Address(string text) =>
        IPAddress.TryParse(text, out IPAddress? address)
            ? address
            : throw new CliException(ExitCode.Usage, $"{text} is no address: 192.0.2.7, ::1.");

    /// <summary>A number of bytes, with k or M for powers of 1,024.</summary>
    /// <exception cref="CliException">It is none.</exception>
    public static long Size(string text)
    {
        int shift = text.Length == 0 ? 0 : char.ToUpperInvariant(text[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 };
        string digits = shift == 0 ? text : text[..^1];
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long size) && size <= long.MaxValue >> shift
            ? size << shift
            : throw new CliException(ExitCode.Usage, $"{text} is no size: a number of bytes, with k or M behind it for powers of 1,024.");
    }

    /// <summary>A time: 500ms, 30s, 2m, or a number of seconds.</summary>
    /// <exception cref="CliException">It is none.</exception>
    public static TimeSpan Duration(string text)
    {
        (string number, double unit) = text.EndsWith("ms", StringComparison.Ordinal) ? (text[..^2], 0.001)
            : text.EndsWith('s') ? (text[..^1], 1)
            : text.EndsWith('m') ? (text[..^1], 60)
            : (text, 1);
        bool isTime = double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
            && value * unit < MostSeconds;
        return isTime
            ? TimeSpan.FromSeconds(value * unit)
            : throw new CliException(ExitCode.Usage, $"{text} is no time: 500ms, 30s, 2m, or a number of seconds.");
    }

    /// <summary>The time that an option has; null where it is not given.</summary>
    /// <exception cref="CliException">It is none.</exception>
    public static TimeSpan? Duration(ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) is { } text ? Duration(text) : null;

    /// <summary>A header field.</summary>
    /// <exception cref="CliException">It is none.</exception>
    public static KeyValuePair<string, string> HeaderField(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string name = colon < 0 ? "" : text[..colon];
        bool isField = name.Length > 0 && name.All(IsOfToken) && !text.Any(char.IsControl);
        return isField
            ? new(name, text[(colon + 1)..].Trim())
            : throw new CliException(ExitCode.Usage, $"{text} is no header field; one is 'Name: value'.");
    }

    /// <summary>RFC 9110 §5.6.2.</summary>
    private static bool IsOfToken(char letter) =>
        char.IsAsciiLetterOrDigit(letter) || "!#$%&'*+-.^_`|~".Contains(letter, StringComparison.Ordinal);
}
