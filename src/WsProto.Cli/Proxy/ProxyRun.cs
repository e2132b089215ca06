using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Cli.Captures;
using WsProto.Cli.Decode;
using WsProto.Cli.Dialing;

namespace WsProto.Cli.Proxy;

/// <summary>Stands between clients and a server until it is broken off, or has served as many connections as it should.</summary>
/// <param name="settings">What the command line asks for.</param>
/// <param name="faults">What is to be done wrong.</param>
/// <param name="terminal">Where to write.</param>
internal sealed class ProxyRun(ProxySettings settings, FaultTable faults, Terminal terminal) : IDisposable
{
    private const int MostConnections = 1024;

    private readonly DecodeOutput _output = new(terminal, settings.IsJson);
    private readonly Lock _outputLock = new();
    private readonly SemaphoreSlim _room = new(MostConnections);
    private CaptureWriter? _recording;
    private ControlServer? _control;
    private int _number;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        TcpListener listener = Accepting.Listen(settings.Place);
        _control = settings.Control is { } place ? ControlServer.Start(place, faults) : null;
        _recording = settings.Record is { } file ? Record(file) : null;
        // For scripts: it is printed when connections are accepted.
        await terminal.Out.WriteLineAsync($"listening {(settings.Certificate is null ? "ws" : "wss")}://{listener.LocalEndpoint}/");
        if (_control is not null)
            await terminal.Out.WriteLineAsync($"control {_control.Address}");
        await terminal.Out.FlushAsync(cancellationToken);
        var accepting = new Accepting(listener, terminal);
        var serving = new HashSet<Task>();
        try
        {
            for (int accepted = 0; settings.Connections is null || accepted < settings.Connections; accepted++)
            {
                await _room.WaitAsync(cancellationToken);
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
        return _recording is { HasFailed: true } ? ExitCode.File : ExitCode.Ok;
    }

    public void Dispose()
    {
        _control?.Dispose();
        _recording?.Dispose();
        _room.Dispose();
    }

    private async Task ServeAsync(Socket socket, CancellationToken cancellationToken)
    {
        int number = Interlocked.Increment(ref _number);
        Stream client = new NetworkStream(socket, ownsSocket: true);
        ServerStream? server = null;
        try
        {
            socket.NoDelay = true;
            (TcpPlace Client, TcpPlace Server) places =
                (TcpPlace.Of((IPEndPoint)socket.RemoteEndPoint!), TcpPlace.Of((IPEndPoint)socket.LocalEndPoint!));
            client = await SecureAsync(client, cancellationToken);
            server = await ServerStream.OpenAsync(settings.Server, new ConnectTimes(terminal.Clock), cancellationToken);
            using ProxyWatcher watcher = Watch(places);
            var connection = new ProxiedConnection(
                new ProxiedEnd(socket, client), new ProxiedEnd(server.Socket, server.Stream), watcher);
            await connection.RunAsync(Pipes(client, server.Stream, watcher, number), cancellationToken);
        }
        catch (Exception e) when (IsOfConnection(e))
        {
            if (server is null)
                await terminal.Error.WriteLineAsync($"wsproto: {Terminal.Plain($"{settings.Server.Uri}: {Reason.Of(e)}")}");
        }
        finally
        {
            await client.DisposeAsync();
            if (server is not null)
                await server.Stream.DisposeAsync();
            _room.Release();
        }
    }

    private ProxyWatcher Watch((TcpPlace Client, TcpPlace Server) places)
    {
        var shown = new DecodeSettings { File = "", Shown = settings.Shown };
        ConnectionDecoder? decoder = settings.IsQuiet
            ? null
            : new ConnectionDecoder(_output, shown, places, isWhole: true, isOneSided: false);
        long ticks = terminal.Clock.GetUtcNow().Ticks;
        return new ProxyWatcher(decoder, _recording?.Open(places.Client, places.Server, ticks), _outputLock, terminal.Clock);
    }

    private FaultyPipe[] Pipes(Stream client, Stream server, ProxyWatcher watcher, int number)
    {
        var state = new ProxiedState();
        return [Pipe(Side.Client, server), Pipe(Side.Server, client)];

        FaultyPipe Pipe(Side sender, Stream target)
        {
            // The same seed, connection and direction give the same faults.
            var random = new Random(unchecked((settings.Seed * 65_537) + (number * 2) + (int)sender));
            return new FaultyPipe(sender, target, faults, state, random, terminal.Clock, watcher);
        }
    }

    private async Task<Stream> SecureAsync(Stream client, CancellationToken cancellationToken)
    {
        if (settings.Certificate is null)
            return client;
        var tls = new SslStream(client);
        var options = new SslServerAuthenticationOptions { ServerCertificate = settings.Certificate };
        await tls.AuthenticateAsServerAsync(options, cancellationToken);
        return tls;
    }

    private CaptureWriter Record(string file)
    {
        Stream? stream = null;
        try
        {
            // A file without a buffer, so that what is written is there.
            stream = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
            return new CaptureWriter(stream, reason =>
                terminal.Error.WriteLine($"wsproto: {Terminal.Plain($"{file} cannot be written, and gets nothing more: {reason}")}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            stream?.Dispose();
            throw new CliException(ExitCode.File, $"{file} cannot be written: {e.Message}");
        }
    }

    private static bool IsOfConnection(Exception e) => e is IOException or SocketException or AuthenticationException
        or OperationCanceledException or ObjectDisposedException;
}
