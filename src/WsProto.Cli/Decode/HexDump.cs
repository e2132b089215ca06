// Hex dumps as xxd, hexdump -C, od -A x -t x1 and people write them: lines of octets, perhaps with the place of the first before them and
// their characters behind them. A line that begins with > is of the client, one with < of the server.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;

namespace WsProto.Cli.Decode;

internal static class HexDump
{
    private const int LongestLine = 1 << 20;

    /// <summary>Whether a file begins as a dump does.</summary>
    public static bool Is(ReadOnlySpan<byte> start)
    {
        foreach (byte octet in start)
        {
            if (octet is not ((>= 0x20 and < 0x7F) or (byte)'\t' or (byte)'\r' or (byte)'\n'))
                return false;
        }

        string first = Encoding.ASCII.GetString(start).Split('\n').Select(line => line.Trim()).FirstOrDefault(IsOctets) ?? "";
        return first.Length > 0 && TryParse(first, out _, out byte[] octets) && octets.Length > 0;
    }

    /// <summary>Reads all lines.</summary>
    /// <exception cref="CliException">A line is none of a dump.</exception>
    public static void Read(Stream stream, Action<Side?, byte[]> take)
    {
        int number = 0;
        foreach (string line in Lines(stream))
        {
            number++;
            string text = line.Trim();
            if (!IsOctets(text))
                continue;
            if (text == "*")
                throw Refuse(number, "leaves out lines that repeat; make the dump with -v");
            if (!TryParse(text, out Side? side, out byte[] octets))
                throw Refuse(number, "is none of a hex dump");
            take(side, octets);
        }
    }

    /// <summary>Neither empty nor a comment.</summary>
    private static bool IsOctets(string line) => line.Length > 0 && line[0] != '#';

    private static CliException Refuse(int number, string what) =>
        new(ExitCode.File, string.Create(CultureInfo.InvariantCulture, $"Line {number} {what}."));

    private static bool TryParse(string line, out Side? side, out byte[] octets)
    {
        side = line[0] switch { '>' => Side.Client, '<' => Side.Server, _ => null };
        string text = side is null ? line : line[1..].Trim();
        int bar = text.IndexOf('|', StringComparison.Ordinal);
        text = bar >= 0 ? text[..bar] : text;
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0 && IsHex(text[..colon]))
        {
            // As xxd has it: two spaces before the characters.
            text = text[(colon + 1)..].TrimStart();
            int end = text.IndexOf("  ", StringComparison.Ordinal);
            text = end >= 0 ? text[..end] : text;
        }

        string[] words = text.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        // As hexdump and od have it: the place is longer than the octets, and stands alone on the last line.
        bool hasPlace = words.Length > 0 && words[0].Length is >= 6 and <= 16 && words.Skip(1).All(word => word.Length < words[0].Length);
        bool isSpaced = hasPlace && colon < 0 && side is null && (words.Length == 1 ? words[0][0] == '0' : words[1].Length <= 4);
        string digits = string.Concat(isSpaced ? words[1..] : words);
        octets = [];
        if (digits.Length % 2 != 0 || !IsHex(digits))
            return isSpaced && digits.Length == 0;
        octets = Convert.FromHexString(digits);
        return true;
    }

    private static bool IsHex(string text) => text.Length > 0 && text.All(char.IsAsciiHexDigit);

    private static IEnumerable<string> Lines(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.Latin1);
        var line = new StringBuilder();
        char[] buffer = new char[4096];
        while (reader.Read(buffer) is var count and > 0)
        {
            foreach (char letter in buffer.AsSpan(0, count).ToArray())
            {
                if (letter == '\n')
                {
                    yield return line.ToString();
                    line.Clear();
                    continue;
                }

                if (line.Length == LongestLine)
                    throw new CliException(ExitCode.File, "A line is too long for a hex dump.");
                line.Append(letter);
            }
        }

        if (line.Length > 0)
            yield return line.ToString();
    }
}
