// A connection from its opening to its end. Standard output has payloads alone (with --json, events); what else happens goes to standard
// error. Three things end it: the server, what the user waits for, and the time. The end of input does not.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using WsProto.Adapters;

namespace WsProto.Cli.Connect;

/// <param name="settings">What the command line asks for.</param>
/// <param name="terminal">What to read and where to write.</param>
internal sealed class ConnectRun(ConnectSettings settings, Terminal terminal)
{
    private readonly ConnectTimes _times = new(terminal.Clock);
    private readonly Lock _output = new();

    private bool IsJson => settings.Format == PayloadFormat.Json;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(settings.Timeout ?? Timeout.InfiniteTimeSpan, terminal.Clock);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        int code;
        try
        {
            await using WsSession session = await new Dialer(settings, _times, terminal, Observe).ConnectAsync(over.Token);
            Tell("open", session.Subprotocol is { } chosen ? $"subprotocol {chosen}" : null);
            code = await TalkAsync(session, over.Token);
            if (code == ExitCode.Ok && session.CloseResult is null)
                await session.CloseAsync(CloseCode.NormalClosure, null, CancellationToken.None);
        }
        catch (WsHandshakeException e)
        {
            code = Refused(e);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            Tell("timeout", null);
            code = ExitCode.TimedOut;
        }

        if (settings.HasStats)
            Stats();
        return code;
    }

    /// <summary>Sends and receives up to the first that ends it.</summary>
    private async Task<int> TalkAsync(WsSession session, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task repeating = RepeatAsync(session, stop.Token);
        Task<int> receiving = ReceiveAsync(session, stop.Token);
        Task<bool> sending = SendAsync(session, stop.Token);
        try
        {
            if (await Task.WhenAny(receiving, sending) == sending && await sending)
            {
                if (settings.Wait is { } wait && await Task.WhenAny(receiving, Task.Delay(wait, terminal.Clock, stop.Token)) != receiving)
                {
                    stop.Token.ThrowIfCancellationRequested();
                    return settings.Count is null && settings.Until is null ? ExitCode.Ok : ExitCode.EndedBefore;
                }
            }

            return await receiving;
        }
        finally
        {
            await stop.CancelAsync();
            await IgnoreAsync(repeating);
            // What waits for input is left alone: nothing ends a read.
            _ = sending.ContinueWith(task => task.Exception, TaskScheduler.Default);
            await IgnoreAsync(receiving);
        }
    }

    private async Task<int> ReceiveAsync(WsSession session, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (Message message in session.ReadAllAsync(cancellationToken))
            {
                Show(message);
                bool isLast = settings.Until is { } until && message is TextMessage text && text.Data == until;
                if (isLast || _times.Received.Messages == settings.Count)
                    return ExitCode.Ok;
            }
        }
        catch (WsClosedException)
        {
            // How it ended is in the result.
        }

        WsCloseResult result = await session.Completion;
        TellClose(result);
        if (result is { IsClean: true, Code: CloseCode.NormalClosure or CloseCode.GoingAway or CloseCode.NoStatusReceived })
            return settings.Count is null && settings.Until is null ? ExitCode.Ok : ExitCode.EndedBefore;
        return ExitCode.Failed;
    }

    private void Show(Message message)
    {
        byte[] octets = Payloads.Write(settings.Format, message, terminal.IsInteractive);
        lock (_output)
        {
            _times.FirstMessage ??= _times.Now;
            _times.Received = (_times.Received.Messages + 1, _times.Received.Bytes + Payloads.OctetsOf(message).Length);
            terminal.Payloads.Write(octets);
            terminal.Payloads.Flush();
        }
    }

    /// <summary>Sends what comes in.</summary>
    /// <returns>Whether input has ended, and not the connection.</returns>
    private async Task<bool> SendAsync(WsSession session, CancellationToken cancellationToken)
    {
        ChannelReader<byte[]> input = InputReader.Start(terminal, settings.Format == PayloadFormat.Binary);
        try
        {
            await foreach (byte[] piece in input.ReadAllAsync(cancellationToken))
            {
                if (settings.HasCommands && SlashCommand.Is(piece))
                {
                    await SlashCommand.RunAsync(piece, session, message => SendAsync(session, message, cancellationToken), terminal);
                    continue;
                }

                Message message = Payloads.Read(settings.Format, SlashCommand.Unescape(piece, settings.HasCommands));
                await SendAsync(session, message, cancellationToken);
            }

            return true;
        }
        catch (Exception e) when (e is WsClosedException or LocalProtocolException or OperationCanceledException)
        {
            // The end of the connection is told where it is received.
            return false;
        }
    }

    private async Task SendAsync(WsSession session, Message message, CancellationToken cancellationToken)
    {
        await session.SendAsync(message, cancellationToken);
        lock (_output)
            _times.Sent = (_times.Sent.Messages + 1, _times.Sent.Bytes + Payloads.OctetsOf(message).Length);
    }

    private async Task RepeatAsync(WsSession session, CancellationToken cancellationToken)
    {
        if (settings.Every is not { } every)
            return;
        using var timer = new PeriodicTimer(every.Interval, terminal.Clock);
        while (await timer.WaitForNextTickAsync(cancellationToken))
            await SendAsync(session, new TextMessage(every.Text), cancellationToken);
    }

    private void Observe(WsDirection direction, WsEvent e)
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

    private int Refused(WsHandshakeException e)
    {
        if (e.StatusCode is not { } status)
            throw new CliException(ExitCode.NoConnection, $"{settings.Uri} opens no WebSocket: {e.Message}");
        var lines = new List<string> { string.Create(CultureInfo.InvariantCulture, $"refused with {status}") };
        if (settings.IsVerbose)
        {
            foreach (HeaderField field in e.Headers)
                lines.Add($"{field.Name}: {field.Value}");
        }

        string body = System.Text.Encoding.UTF8.GetString(e.Body.Span).TrimEnd();
        if (body.Length > 0)
            lines.Add(body);
        foreach (string line in lines)
            terminal.Error.WriteLine(Terminal.PlainLines(line));
        if (IsJson)
        {
            terminal.Payloads.Write(Payloads.Json(json =>
            {
                json.WriteString("event", "refused");
                json.WriteNumber("status", status);
                json.WriteString("body", body);
            }));
        }

        return ExitCode.Refused;
    }

    private void TellClose(WsCloseResult result)
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

    private void Tell(string what, string? more)
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

        string time = string.Create(CultureInfo.InvariantCulture, $"+{_times.Now.TotalSeconds:F3}");
        string line = $"{what}{(more is null ? "" : " " + Terminal.Plain(more))}";
        lock (_output)
            terminal.Error.WriteLine($"{terminal.Paint(time, Color.Quiet)} {line}");
    }

    private void Stats()
    {
        if (IsJson)
            WriteJson(_times.Write);
        else
            terminal.Error.WriteLine(_times.ToString());
    }

    private void WriteJson(Action<System.Text.Json.Utf8JsonWriter> members)
    {
        lock (_output)
        {
            terminal.Payloads.Write(Payloads.Json(members));
            terminal.Payloads.Flush();
        }
    }

    private static async Task IgnoreAsync(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception e) when (e is OperationCanceledException or WsException or IOException)
        {
            // It was told, or broken off.
        }
    }
}
