using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Threading;
using WsProto.Adapters;
using WsProto.Cli.Dialing;

namespace WsProto.Cli.Connect;

/// <summary>
/// What a connection shows: payloads on standard output, all else on standard error; with JSON, all of it on standard output.
/// </summary>
/// <param name="settings">What the command line asks for.</param>
/// <param name="times">When things happened, and how much was said.</param>
/// <param name="terminal">Where to write.</param>
internal sealed class ConnectOutput(ConnectSettings settings, ConnectTimes times, Terminal terminal)
{
    private readonly Lock _lock = new();

    private bool IsJson => settings.Format == PayloadFormat.Json;

    /// <summary>A message that came.</summary>
    public void Show(Message message)
    {
        byte[] octets = Payloads.Write(settings.Format, message, terminal.IsInteractive);
        lock (_lock)
        {
            times.FirstMessage ??= times.Now;
            times.Received = (times.Received.Messages + 1, times.Received.Bytes + Payloads.OctetsOf(message).Length);
            terminal.Payloads.Write(octets);
            terminal.Payloads.Flush();
        }
    }

    /// <summary>A message was sent.</summary>
    public void Sent(Message message)
    {
        lock (_lock)
            times.Sent = (times.Sent.Messages + 1, times.Sent.Bytes + Payloads.OctetsOf(message).Length);
    }

    /// <summary>An event of the open connection, for those who want to see all.</summary>
    public void Observe(WsDirection direction, WsEvent e)
    {
        if (!settings.IsVerbose && !settings.IsTraced)
            return;
        string? what = e switch
        {
            Ping ping => $"ping {Convert.ToHexStringLower(ping.Payload.Span)}",
            Pong pong => $"pong {Convert.ToHexStringLower(pong.Payload.Span)}",
            CloseConnection close => string.Create(CultureInfo.InvariantCulture, $"close {(int)close.Code} {close.Reason}"),
            Message message => string.Create(
                CultureInfo.InvariantCulture,
                $"{(message is TextMessage ? "text" : "binary")} message, {Payloads.OctetsOf(message).Length} bytes"),
            _ => null,
        };
        if (what is not null)
            Tell(direction == WsDirection.Sent ? "sent" : "received", what.TrimEnd());
    }

    /// <summary>The server answers, and opens no WebSocket.</summary>
    public void TellRefusal(int status, WsHandshakeException e)
    {
        var lines = new List<string> { string.Create(CultureInfo.InvariantCulture, $"refused with {status}") };
        if (settings.IsVerbose)
        {
            foreach (HeaderField field in e.Headers)
                lines.Add($"{field.Name}: {field.Value}");
        }

        string body = Encoding.UTF8.GetString(e.Body.Span).TrimEnd();
        if (body.Length > 0)
            lines.Add(body);
        foreach (string line in lines)
            terminal.Error.WriteLine(Terminal.PlainLines(line));
        if (IsJson)
        {
            WriteJson(json =>
            {
                json.WriteString("event", "refused");
                json.WriteNumber("status", status);
                json.WriteString("body", body);
            });
        }
    }

    /// <summary>How the connection has ended.</summary>
    public void TellClose(WsCloseResult result)
    {
        if (!IsJson)
        {
            string reason = result.Reason is { Length: > 0 } words ? $" {words}" : "";
            string error = result.Error is { } violation ? $", {violation}" : "";
            Tell("closed", string.Create(CultureInfo.InvariantCulture, $"{(int)result.Code}{reason} ({result.Cause}{error})"));
            return;
        }

        WriteJson(json =>
        {
            json.WriteString("event", "closed");
            json.WriteNumber("code", (int)result.Code);
            json.WriteString("reason", result.Reason);
            json.WriteString("cause", result.Cause.ToString());
            json.WriteBoolean("clean", result.IsClean);
        });
    }

    /// <summary>The next attempt comes so much later.</summary>
    public void TellWaiting(TimeSpan delay, int attempt)
    {
        if (!IsJson)
        {
            Tell("waiting", string.Create(CultureInfo.InvariantCulture, $"{delay.TotalSeconds:F3} s before attempt {attempt}"));
            return;
        }

        WriteJson(json =>
        {
            json.WriteString("event", "waiting");
            json.WriteNumber("seconds", Math.Round(delay.TotalSeconds, 3));
            json.WriteNumber("attempt", attempt);
        });
    }

    /// <summary>What else happened.</summary>
    public void Tell(string what, string? more)
    {
        if (IsJson)
        {
            WriteJson(json =>
            {
                json.WriteString("event", what);
                if (more is not null)
                    json.WriteString("more", more);
            });
            return;
        }

        string time = string.Create(CultureInfo.InvariantCulture, $"+{times.Now.TotalSeconds:F3}");
        string line = $"{what}{(more is null ? "" : " " + Terminal.Plain(more))}";
        lock (_lock)
            terminal.Error.WriteLine($"{terminal.PaintError(time, Color.Quiet)} {line}");
    }

    /// <summary>Times and counts.</summary>
    public void Stats()
    {
        if (IsJson)
            WriteJson(times.Write);
        else
            terminal.Error.WriteLine(times.ToString());
    }

    private void WriteJson(Action<Utf8JsonWriter> members)
    {
        lock (_lock)
        {
            terminal.Payloads.Write(Payloads.Json(members));
            terminal.Payloads.Flush();
        }
    }
}
