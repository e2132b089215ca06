using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters;
using WsProto.Cli.Decode;
using WsProto.Cli.Dialing;

namespace WsProto.Cli.Replay;

/// <summary>Replays a recording, as its client or as its server.</summary>
/// <param name="settings">What the command line asks for.</param>
/// <param name="terminal">Where to write.</param>
internal sealed class ReplayRun(ReplaySettings settings, Terminal terminal)
{
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        RecordedConnection recording = Choose();
        bool isSame = settings.Server is { } server
            ? await AsClientAsync(recording, server, cancellationToken)
            : await AsServerAsync(recording, cancellationToken);
        return isSame ? ExitCode.Ok : ExitCode.Failed;
    }

    private RecordedConnection Choose()
    {
        IReadOnlyList<RecordedConnection> all = RecordedConnection.Read(settings.File);
        if (settings.Connection > all.Count)
        {
            string many = string.Create(CultureInfo.InvariantCulture, $"{settings.File} has {all.Count} WebSockets from their beginning");
            throw new CliException(ExitCode.File, many + ".");
        }

        RecordedConnection chosen = all[settings.Connection - 1];
        return chosen.Fault is null
            ? chosen
            : throw new CliException(ExitCode.File, $"The recording cannot be replayed: {chosen.Fault}.");
    }

    private async Task<bool> AsClientAsync(RecordedConnection recording, ServerSettings server, CancellationToken cancellationToken)
    {
        server = server with
        {
            Subprotocols = recording.Subprotocol is { } name ? [name] : [],
            Deflate = recording.HasDeflate ? new PerMessageDeflate() : null,
        };
        try
        {
            var dialer = new Dialer(server, Session(), new ConnectTimes(terminal.Clock));
            await using WsSession session = await dialer.ConnectAsync(cancellationToken);
            using var player = new Player(recording, Side.Client, settings, terminal);
            return await player.PlayAsync(session, cancellationToken);
        }
        catch (WsHandshakeException e)
        {
            int code = e.StatusCode is null ? ExitCode.NoConnection : ExitCode.Refused;
            throw new CliException(code, $"{server.Uri} opens no WebSocket: {e.Message}");
        }
    }

    private async Task<bool> AsServerAsync(RecordedConnection recording, CancellationToken cancellationToken)
    {
        TcpListener listener = Accepting.Listen(settings.Place!);
        await terminal.Out.WriteLineAsync($"listening ws://{listener.LocalEndpoint}/");
        await terminal.Out.FlushAsync(cancellationToken);
        try
        {
            Socket socket = await new Accepting(listener, terminal).NextAsync(cancellationToken);
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            var options = new WsAcceptOptions
            {
                Subprotocols = recording.Subprotocol is { } name ? [name] : [],
                Extensions = recording.HasDeflate ? [new PerMessageDeflate()] : [],
                Origins = OriginPolicy.Any,
                Session = Session(),
            };
            await using WsSession session = await WsSession.AcceptAsync(stream, options, cancellationToken);
            using var player = new Player(recording, Side.Server, settings, terminal);
            return await player.PlayAsync(session, cancellationToken);
        }
        catch (Exception e) when (e is WsException or IOException or SocketException)
        {
            throw new CliException(ExitCode.NoConnection, $"The client opens no WebSocket: {e.Message}");
        }
        finally
        {
            listener.Stop();
        }
    }

    private static WsSessionOptions Session() => new()
    {
        Connection = new WsConnectionOptions { MaxMessageSize = 64 << 20, MaxFragmentCount = int.MaxValue },
        KeepAliveInterval = null,
        CloseTimeout = TimeSpan.FromSeconds(3),
    };
}
