// A connection from its opening to its end; with --reconnect, one after the other. Standard output has payloads alone (with --json,
// events); what else happens goes to standard error. Three things end it: the server, what the user waits for, and the time. The end of
// input does not.

using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters;
using WsProto.Cli.Dialing;

namespace WsProto.Cli.Connect;

internal sealed class ConnectRun : IDisposable
{
    private readonly ConnectSettings _settings;
    private readonly Terminal _terminal;
    private readonly ConnectTimes _times;
    private readonly ConnectOutput _output;
    private readonly ConnectInput _input;
    private readonly Dialer _dialer;
    private readonly Reconnection _reconnection;
    private Task _sending = Task.CompletedTask;

    /// <param name="settings">What the command line asks for.</param>
    /// <param name="terminal">What to read and where to write.</param>
    public ConnectRun(ConnectSettings settings, Terminal terminal)
    {
        _settings = settings;
        _terminal = terminal;
        _times = new ConnectTimes(terminal.Clock);
        _output = new ConnectOutput(settings, _times, terminal);
        _input = new ConnectInput(settings, terminal);
        var session = new WsSessionOptions
        {
            Connection = new WsConnectionOptions { MaxMessageSize = settings.MaxMessageSize, MaxFragmentCount = int.MaxValue },
            KeepAliveInterval = settings.PingInterval,
            CloseTimeout = TimeSpan.FromSeconds(3),
            Observer = _output.Observe,
        };
        _dialer = new Dialer(settings.Server, session, _times, settings.IsTraced ? stream => new TraceStream(stream, terminal) : null);
        _reconnection = new Reconnection(terminal.Clock);
    }

    /// <summary>How it ends when the time, or the server, ends it without a fault.</summary>
    private int CodeOfEnd => _settings.Count is null && _settings.Until is null ? ExitCode.Ok : ExitCode.EndedBefore;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_settings.Timeout ?? Timeout.InfiniteTimeSpan, _terminal.Clock);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token, _input.Waited);
        int code;
        try
        {
            code = await ConnectAgainAndAgainAsync(over.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && timeout.IsCancellationRequested)
        {
            _output.Tell("timeout", null);
            code = ExitCode.TimedOut;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            code = CodeOfEnd;
        }

        if (_settings.HasStats)
            _output.Stats();
        return code;
    }

    public void Dispose() => _input.Dispose();

    private async Task<int> ConnectAgainAndAgainAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            (int code, Exception? failure) = await ConnectAsync(cancellationToken);
            if (!_settings.IsReconnecting || failure is null || _reconnection.DelayAfter(failure) is not { } delay)
                return code;
            _output.TellWaiting(delay, _reconnection.Attempt);
            await Task.Delay(delay, _terminal.Clock, cancellationToken);
            // It knows what the last connection has not taken.
            await IgnoreAsync(_sending);
        }
    }

    /// <summary>One connection.</summary>
    /// <returns>How it ended, and for what another may come; null where nothing failed.</returns>
    private async Task<(int Code, Exception? Failure)> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            // It closes with 1000 unless it is closed.
            await using WsSession session = await _dialer.ConnectAsync(cancellationToken);
            _reconnection.Opened();
            _input.Start();
            _output.Tell("open", session.Subprotocol is { } chosen ? $"subprotocol {chosen}" : null);
            return await TalkAsync(session, cancellationToken);
        }
        catch (WsHandshakeException e) when (e.StatusCode is { } status)
        {
            _output.TellRefusal(status, e);
            return (ExitCode.Refused, e);
        }
        catch (CliException e) when (_settings.IsReconnecting && e.ExitCode == ExitCode.NoConnection)
        {
            _output.Tell("failed", e.Message);
            return (e.ExitCode, e);
        }
    }

    /// <summary>Sends and receives up to the first that ends it.</summary>
    private async Task<(int Code, Exception? Failure)> TalkAsync(WsSession session, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task repeating = RepeatAsync(session, stop.Token);
        Task<(int, Exception?)> receiving = ReceiveAsync(session, stop.Token);
        Task sending = SendAsync(session, stop.Token);
        _sending = sending;
        try
        {
            // Input that makes no sense ends it.
            if (await Task.WhenAny(receiving, sending) == sending)
                await sending;
            return await receiving;
        }
        finally
        {
            await stop.CancelAsync();
            await IgnoreAsync(repeating);
            // A command may still be busy with a file.
            _ = sending.ContinueWith(task => task.Exception, TaskScheduler.Default);
            await IgnoreAsync(receiving);
        }
    }

    private async Task<(int Code, Exception? Failure)> ReceiveAsync(WsSession session, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (Message message in session.ReadAllAsync(cancellationToken))
            {
                _output.Show(message);
                bool isLast = _settings.Until is { } until && message is TextMessage text && text.Data == until;
                if (isLast || _times.Received.Messages == _settings.Count)
                    return (ExitCode.Ok, null);
            }
        }
        catch (WsClosedException)
        {
            // How it ended is in the result.
        }

        WsCloseResult result = await session.Completion;
        _output.TellClose(result);
        bool isNormal = result is { IsClean: true, Code: CloseCode.NormalClosure or CloseCode.GoingAway or CloseCode.NoStatusReceived };
        var failure = new WsClosedException("The connection has ended.") { Code = result.Code, Cause = result.Cause };
        return (isNormal ? CodeOfEnd : ExitCode.Failed, result.Cause == WsCloseCause.Local ? null : failure);
    }

    /// <summary>Sends what comes in.</summary>
    private async Task SendAsync(WsSession session, CancellationToken cancellationToken)
    {
        try
        {
            while (await _input.PeekAsync(cancellationToken) is { } piece)
            {
                if (_settings.HasCommands && SlashCommand.Is(piece))
                {
                    await SlashCommand.RunAsync(piece, session, message => SendAsync(session, message, cancellationToken), _terminal);
                }
                else
                {
                    byte[] payload = SlashCommand.Unescape(piece, _settings.HasCommands);
                    await SendAsync(session, Payloads.Read(_settings.Format, payload), cancellationToken);
                }

                _input.Take();
            }
        }
        catch (Exception e) when (e is WsClosedException or LocalProtocolException or OperationCanceledException)
        {
            // The end of the connection is told where it is received.
        }
    }

    private async Task SendAsync(WsSession session, Message message, CancellationToken cancellationToken)
    {
        await session.SendAsync(message, cancellationToken);
        _output.Sent(message);
    }

    private async Task RepeatAsync(WsSession session, CancellationToken cancellationToken)
    {
        if (_settings.Every is not { } every)
            return;
        using var timer = new PeriodicTimer(every.Interval, _terminal.Clock);
        while (await timer.WaitForNextTickAsync(cancellationToken))
            await SendAsync(session, new TextMessage(every.Text), cancellationToken);
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
