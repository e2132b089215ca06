using System;
using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace WsProto.Cli.Connect;

/// <summary>How messages are read from input and written to output.</summary>
internal enum PayloadFormat
{
    /// <summary>A line is a text message. A binary message is written as it is.</summary>
    Text,

    /// <summary>Octets, as they come, are binary messages; all messages are written as they are.</summary>
    Binary,

    /// <summary>A line of hexadecimal digits is a binary message.</summary>
    Hex,

    /// <summary>The same in base64.</summary>
    Base64,

    /// <summary>A line is a text message; each event is written as a line of JSON.</summary>
    Json,
}

/// <summary>Messages as input and output have them.</summary>
internal static class Payloads
{
    /// <summary>The message that a piece of input is.</summary>
    /// <exception cref="CliException">It is none of the format.</exception>
    public static Message Read(PayloadFormat format, byte[] piece) => format switch
    {
        PayloadFormat.Binary => new BytesMessage(piece),
        PayloadFormat.Hex => new BytesMessage(FromHex(Encoding.Latin1.GetString(piece))),
        PayloadFormat.Base64 => new BytesMessage(FromBase64(Encoding.Latin1.GetString(piece))),
        PayloadFormat.Text or PayloadFormat.Json => Utf8.IsValid(piece)
            ? new TextMessage(Encoding.UTF8.GetString(piece))
            : throw new CliException(ExitCode.Usage, "A line of input is no UTF-8; --binary sends octets as they are."),
    };

    /// <summary>What is written for a message that came; for people, binary data in hexadecimal.</summary>
    public static byte[] Write(PayloadFormat format, Message message, bool isForPeople)
    {
        byte[] payload = OctetsOf(message);
        return format switch
        {
            PayloadFormat.Binary => payload,
            PayloadFormat.Hex => Line(Convert.ToHexStringLower(payload)),
            PayloadFormat.Base64 => Line(Convert.ToBase64String(payload)),
            PayloadFormat.Json => Json(message, payload),
            PayloadFormat.Text => message switch
            {
                TextMessage text when isForPeople => Line("< " + Terminal.PlainLines(text.Data)),
                TextMessage => [.. payload, (byte)'\n'],
                _ when isForPeople => Line($"< binary, {payload.Length} bytes: {Convert.ToHexStringLower(payload)}"),
                _ => payload,
            },
        };
    }

    /// <summary>The octets of a message.</summary>
    public static byte[] OctetsOf(Message message) =>
        message is TextMessage text ? Encoding.UTF8.GetBytes(text.Data) : ((BytesMessage)message).Data.ToArray();

    /// <summary>An event as a line of JSON.</summary>
    public static byte[] Json(Action<Utf8JsonWriter> members)
    {
        var octets = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(octets))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return [.. octets.WrittenSpan, (byte)'\n'];
    }

    private static byte[] Json(Message message, byte[] payload) => Json(json =>
    {
        json.WriteString("event", "message");
        json.WriteString("kind", message is TextMessage ? "text" : "binary");
        json.WriteNumber("bytes", payload.Length);
        if (message is TextMessage text)
            json.WriteString("text", text.Data);
        else
            json.WriteBase64String("base64", payload);
    });

    private static byte[] Line(string text) => Encoding.UTF8.GetBytes(text + "\n");

    private static byte[] FromHex(string line)
    {
        string digits = line.Replace(" ", "", StringComparison.Ordinal).Trim();
        byte[] octets = new byte[digits.Length / 2];
        OperationStatus status = Convert.FromHexString(digits, octets, out int read, out _);
        return status == OperationStatus.Done && read == digits.Length
            ? octets
            : throw new CliException(ExitCode.Usage, "A line of input is not hexadecimal.");
    }

    private static byte[] FromBase64(string line)
    {
        byte[] octets = new byte[line.Length];
        return Convert.TryFromBase64String(line.Trim(), octets, out int count)
            ? octets[..count]
            : throw new CliException(ExitCode.Usage, "A line of input is no base64.");
    }
}
