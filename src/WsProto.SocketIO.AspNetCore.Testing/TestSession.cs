using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters;
using WsProto.EngineIO;

namespace WsProto.SocketIO.AspNetCore.Testing;

/// <summary>One session over a WebSocket, and the clients of its namespaces.</summary>
[SuppressMessage("Design", "CA2213", Justification = "A semaphore without a handle holds no resources, and a send may be in progress.")]
internal sealed class TestSession : IAsyncDisposable
{
    private readonly WsSession _webSocket;
    private readonly SocketIODecoder _decoder;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly Dictionary<string, SocketIOTestClient> _clients = new(StringComparer.Ordinal);
    private readonly Task _reading;
    private string? _end;

    internal TestSession(WsSession webSocket, SocketIOTestOptions options)
    {
        _webSocket = webSocket;
        Options = options;
        Encoder = new SocketIOEncoder(options.Json, maxAttachments: int.MaxValue, options.Parser);
        _decoder = new SocketIODecoder(
            new() { MaxAttachments = int.MaxValue, MaxPacketSize = int.MaxValue }, options.Parser, Encoder.JsonOptions);
        _reading = ReadAsync();
    }

    internal SocketIOTestOptions Options { get; }

    internal SocketIOEncoder Encoder { get; }

    internal async Task<SocketIOTestClient> JoinAsync(string space, object? auth, CancellationToken cancellationToken)
    {
        Packet connect = ConnectOf(space, auth);
        var client = new SocketIOTestClient(this, space);
        lock (_lock)
        {
            if (_end is { } end)
                throw new SocketIODisconnectedException($"The session has ended: {end}.");
            if (!_clients.TryAdd(space, client))
                throw new InvalidOperationException($"The session is connected to {space} already.");
        }

        try
        {
            await SendAsync([connect], cancellationToken).ConfigureAwait(false);
            await client.WaitAsync(client.Joined, $"an answer to the connection to {space}", null, cancellationToken).ConfigureAwait(false);
            return client;
        }
        catch
        {
            // The server may have accepted the client meanwhile.
            if (client.End(SocketIOTestClient.ByClient))
                _ = SendQuietlyAsync([Encoder.Disconnect(space)]);
            throw;
        }
    }

    /// <summary>Sends messages with no other message between them.</summary>
    internal async ValueTask SendAsync(IReadOnlyList<Packet> packets, CancellationToken cancellationToken = default)
    {
        try
        {
            await SendUnboundedAsync(packets).WaitAsync(Options.Patience, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"The server did not accept a message within {Options.Patience}.", e);
        }
    }

    /// <summary>Sends messages whose failure does not matter any more.</summary>
    internal async Task SendQuietlyAsync(IReadOnlyList<Packet> packets)
    {
        try
        {
            await SendAsync(packets).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The session ends anyway.
        }
    }

    internal void Forget(SocketIOTestClient client)
    {
        lock (_lock)
        {
            if (_clients.GetValueOrDefault(client.Namespace) == client)
                _clients.Remove(client.Namespace);
        }
    }

    internal void Abort()
    {
        EndAll("transport close");
        _webSocket.Abort();
    }

    public async ValueTask DisposeAsync()
    {
        SocketIOTestClient[] clients = Clients();
        EndAll(SocketIOTestClient.ByClient);
        await SendQuietlyAsync([.. clients.Select(client => Encoder.Disconnect(client.Namespace))]).ConfigureAwait(false);
        await _webSocket.DisposeAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
    }

    private Packet ConnectOf(string space, object? auth)
    {
        byte[] json = auth is null ? [] : JsonSerializer.SerializeToUtf8Bytes(auth, Encoder.JsonOptions.GetTypeInfo(auth.GetType()));
        if (json.Length > 0 && json[0] != '{')
            throw new ArgumentException("The auth payload must serialize to a JSON object.", nameof(auth));
        return Options.Parser is { } parser
            ? parser.Encode(new SocketIOContent(SocketIOPacketType.Connect, space, null, json, []))
            : Packet.Text($"0{(space == "/" ? "" : space + ",")}{Encoding.UTF8.GetString(json)}");
    }

    private async Task SendUnboundedAsync(IReadOnlyList<Packet> packets)
    {
        await _sending.WaitAsync().ConfigureAwait(false);
        try
        {
            using SendBatch batch = _webSocket.BeginBatch();
            foreach (Packet packet in packets)
            {
                if (packet.IsBinary)
                    batch.SendBytes(packet.Data.Span);
                else
                    batch.SendText((ReadOnlySpan<byte>)[(byte)'4', .. packet.Data.Span]);
            }

            await batch.FlushAsync().ConfigureAwait(false);
        }
        catch (WsClosedException)
        {
            // The loop that reads notices it, and ends the waits.
        }
        finally
        {
            _sending.Release();
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever ends the session ends the waits of the test, which report it.")]
    private async Task ReadAsync()
    {
        string end = "transport close";
        try
        {
            while (await _webSocket.ReceiveAsync().ConfigureAwait(false) is { } message)
                await HandleAsync(message).ConfigureAwait(false);
        }
        catch (WsClosedException)
        {
            // The result of the session has the cause.
        }
        catch (Exception e)
        {
            end = e.Message;
        }

        WsCloseResult? result = _webSocket.CloseResult;
        EndAll(end, result is null ? null : $"{(int)result.Code} {result.Reason}".TrimEnd());
    }

    private async ValueTask HandleAsync(Message message)
    {
        SocketIOError? error;
        SocketIOPacket? packet = null;
        if (message is BytesMessage bytes)
        {
            error = _decoder.ReceiveBinary(bytes.Data, out packet);
        }
        else
        {
            string text = ((TextMessage)message).Data;
            error = text.StartsWith('4') ? _decoder.ReceiveText(Encoding.UTF8.GetBytes(text[1..]), out packet) : null;
            if (text == "2" && Options.AnswersPings)
                _ = _webSocket.TrySendText("3");
        }

        if (error is not null)
            throw new FormatException($"The server sent something that is not a packet: {error}.");
        if (packet is not null)
            ClientOf(packet.Namespace)?.Arrive(packet);
    }

    private SocketIOTestClient? ClientOf(string space)
    {
        lock (_lock)
            return _clients.GetValueOrDefault(space);
    }

    private SocketIOTestClient[] Clients()
    {
        lock (_lock)
            return [.. _clients.Values];
    }

    /// <param name="reason">The reason, in the words of npm's client.</param>
    /// <param name="detail">How the WebSocket was closed.</param>
    private void EndAll(string reason, string? detail = null)
    {
        lock (_lock)
            _end ??= reason;
        foreach (SocketIOTestClient client in Clients())
            client.End(reason, detail);
    }
}
