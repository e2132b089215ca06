using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters;

namespace WsProto.Cli.Listen;

/// <summary>Accepts connections and serves them until it is broken off, or has served as many as it should.</summary>
/// <param name="settings">What the command line asks for.</param>
/// <param name="terminal">Where to write.</param>
internal sealed class ListenRun(ListenSettings settings, Terminal terminal)
{
    private static readonly Misbehaviour _none = new("none", "nothing");

    private readonly WsSessionGroup _group = new();
    private int _number;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        TcpListener listener = Accepting.Listen(settings.Place);
        // For scripts: it is printed when connections are accepted.
        await terminal.Out.WriteLineAsync($"listening {(settings.Certificate is null ? "ws" : "wss")}://{listener.LocalEndpoint}/");
        await terminal.Out.FlushAsync(cancellationToken);
        var accepting = new Accepting(listener, terminal);
        var serving = new HashSet<Task>();
        try
        {
            for (int accepted = 0; settings.Connections is null || accepted < settings.Connections; accepted++)
            {
                Socket socket = await accepting.NextAsync(cancellationToken);
                serving.RemoveWhere(task => task.IsCompleted);
                serving.Add(ServeAsync(socket, cancellationToken));
            }
        }
        catch (OperationCanceledException)
        {
            // That is how it ends.
        }

        listener.Stop();
        await Task.WhenAll(serving);
        return ExitCode.Ok;
    }

    private async Task ServeAsync(Socket socket, CancellationToken cancellationToken)
    {
        int number = Interlocked.Increment(ref _number);
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            socket.NoDelay = true;
            if (settings.Certificate is not null)
            {
                var tls = new SslStream(stream);
                stream = tls;
                await tls.AuthenticateAsServerAsync(
                    new SslServerAuthenticationOptions { ServerCertificate = settings.Certificate }, cancellationToken);
            }

            var spoiled = new MisbehavingStream(stream, settings.Misbehaviour ?? _none, terminal.Clock);
            if (settings.Misbehaviour is { ValidatesNothing: true })
                await RawEcho.RunAsync(stream, cancellationToken);
            else
                await ServeAsync(spoiled, number, cancellationToken);
            if (settings.Misbehaviour is { LeavesOpen: true })
                await spoiled.LeaveOpenAsync(cancellationToken);
        }
        catch (Exception e) when (
            e is WsException or IOException or SocketException or AuthenticationException or OperationCanceledException)
        {
            Tell(number, $"ended: {e.Message}");
        }
        finally
        {
            await stream.DisposeAsync();
        }
    }

    private async Task ServeAsync(Stream stream, int number, CancellationToken cancellationToken)
    {
        await using WsSession session = await WsSession.AcceptAsync(stream, Options(number), cancellationToken);
        Tell(number, $"open {session.Request!.Target}{(session.Subprotocol is { } chosen ? $", subprotocol {chosen}" : "")}");
        if (settings.Exec is { } command)
        {
            void TellOf(string line) => Show(number, line);
            var exec = new ExecSession(command, settings.Framing, settings.MaxMessageSize, session, terminal.Clock, TellOf);
            await exec.RunAsync(cancellationToken);
        }

        if (settings.IsBroadcast)
            _group.Add(session);
        // What came before a Close or a fault is answered too.
        await foreach (Message message in session.ReadAllAsync(cancellationToken))
        {
            if (settings.IsBroadcast)
                await _group.SendAsync(Prepare(message), cancellationToken: cancellationToken);
            else
                await session.SendAsync(message, cancellationToken);
        }

        WsCloseResult result = await session.Completion;
        Tell(number, string.Create(CultureInfo.InvariantCulture, $"closed {(int)result.Code} {result.Reason} ({result.Cause})"));
    }

    private WsAcceptOptions Options(int number) => new()
    {
        Subprotocols = settings.Subprotocols,
        Extensions = settings.HasDeflate ? [new PerMessageDeflate()] : [],
        Origins = OriginPolicy.Any,
        OnRequest = (_, _) => new(settings.Rejection is { } rejection
            ? WsResponse.Reject(rejection.Status, rejection.Body)
            : WsResponse.Accept()),
        Session = new WsSessionOptions
        {
            Connection = new WsConnectionOptions { MaxMessageSize = settings.MaxMessageSize, MaxFragmentCount = int.MaxValue },
            KeepAliveInterval = null,
            CloseTimeout = TimeSpan.FromSeconds(3),
            Observer = settings.IsVerbose ? (direction, e) => Observe(number, direction, e) : null,
        },
    };

    private static PreparedMessage Prepare(Message message) => message is TextMessage text
        ? PreparedMessage.FromText(text.Data)
        : PreparedMessage.FromBytes(((BytesMessage)message).Data.Span);

    private void Observe(int number, WsDirection direction, WsEvent e)
    {
        string? what = e switch
        {
            TextMessage text => $"text {text.Data}",
            BytesMessage data => string.Create(CultureInfo.InvariantCulture, $"binary, {data.Data.Length} bytes"),
            Ping => "ping",
            Pong => "pong",
            CloseConnection close => string.Create(CultureInfo.InvariantCulture, $"close {(int)close.Code} {close.Reason}"),
            _ => null,
        };
        if (what is not null)
            Tell(number, $"{(direction == WsDirection.Sent ? ">" : "<")} {what}");
    }

    private void Tell(int number, string what)
    {
        if (settings.IsVerbose)
            Show(number, what);
    }

    private void Show(int number, string what) =>
        terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{number} {Terminal.Plain(what).TrimEnd()}"));
}
