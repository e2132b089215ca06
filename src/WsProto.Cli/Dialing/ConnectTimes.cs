using System;
using System.Globalization;
using System.Text.Json;

namespace WsProto.Cli.Dialing;

/// <summary>When things happened after the start, and how much was said. Null for what did not happen.</summary>
internal sealed class ConnectTimes(TimeProvider clock)
{
    private readonly long _start = clock.GetTimestamp();

    public TimeSpan Now => clock.GetElapsedTime(_start);

    public TimeSpan? Name { get; set; }

    public TimeSpan? Connected { get; set; }

    public TimeSpan? Tls { get; set; }

    public TimeSpan? Open { get; set; }

    public TimeSpan? FirstMessage { get; set; }

    public (int Messages, long Bytes) Sent { get; set; }

    public (int Messages, long Bytes) Received { get; set; }

    /// <summary>For people.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"name {Show(Name)}, connect {Show(Connected)}, tls {Show(Tls)}, open {Show(Open)}, "
        + $"first message {Show(FirstMessage)}, end {Show(Now)}; "
        + $"sent {Sent.Messages} messages of {Sent.Bytes} bytes, received {Received.Messages} of {Received.Bytes}");

    /// <summary>For programs, in seconds.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("event", "stats");
        Write(json, "name", Name);
        Write(json, "connect", Connected);
        Write(json, "tls", Tls);
        Write(json, "open", Open);
        Write(json, "firstMessage", FirstMessage);
        Write(json, "end", Now);
        json.WriteNumber("sentMessages", Sent.Messages);
        json.WriteNumber("sentBytes", Sent.Bytes);
        json.WriteNumber("receivedMessages", Received.Messages);
        json.WriteNumber("receivedBytes", Received.Bytes);
    }

    private static string Show(TimeSpan? time) =>
        time is { } some ? string.Create(CultureInfo.InvariantCulture, $"{some.TotalSeconds:F3} s") : "none";

    private static void Write(Utf8JsonWriter json, string name, TimeSpan? time)
    {
        if (time is { } some)
            json.WriteNumber(name, Math.Round(some.TotalSeconds, 6));
        else
            json.WriteNull(name);
    }
}
