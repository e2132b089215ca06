// Sends an input on a connection of its own, and looks at what comes until the server ends it. An input that breaks no rule and has no
// Close is closed once all answers are there; one that ends within a frame, by the end of the stream.

using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using WsProto.Cli.Decode;

namespace WsProto.Cli.Fuzz;

/// <param name="settings">What the command line asks for.</param>
/// <param name="clock">The time.</param>
internal sealed class FuzzPlayer(FuzzSettings settings, TimeProvider clock)
{
    private const int LargestAnswer = 4 << 20;

    private static readonly byte[] _close = [0x88, 0x82, 0x37, 0xFA, 0x21, 0x3D, 0x37 ^ 0x03, 0xFA ^ 0xE8];

    private readonly FuzzDialer _dialer = new(settings, clock);

    /// <summary>Opens a connection, and says what was agreed on.</summary>
    /// <exception cref="CliException">There is none.</exception>
    public async Task<FuzzConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(settings.Timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await _dialer.ConnectAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CliException(ExitCode.NoConnection, $"{settings.Server.Uri} opens no WebSocket in time");
        }
    }

    /// <summary>Sends an input.</summary>
    /// <exception cref="CliException">There is no connection.</exception>
    public async Task<FuzzExchange> PlayAsync(IReadOnlyList<byte[]> segments, CancellationToken cancellationToken)
    {
        await using FuzzConnection connection = await ConnectAsync(cancellationToken);
        using var play = new Play(connection, settings, clock) { Input = FuzzReading.Of(Side.Client, connection.Agreed, segments) };
        return await play.RunAsync(segments, cancellationToken);
    }

    private sealed class Play(FuzzConnection connection, FuzzSettings settings, TimeProvider clock) : IDisposable
    {
        private readonly FuzzReading _answer = new(Side.Server, connection.Agreed);
        private readonly ArrayBufferWriter<byte> _received = new();
        private readonly Channel<byte[]> _incoming = Channel.CreateBounded<byte[]>(16);
        private readonly List<byte[]> _sent = [];
        private Task _sending = Task.CompletedTask;
        private bool _hasClosed;
        private bool _wasReset;

        public required FuzzReading Input { get; init; }

        private bool IsOpen => Input is { Violation: null, Close: null, IsBetweenFrames: true };

        private bool IsAnswered =>
            (Input.Pings.Count == 0 || _answer.Pongs.Any(pong => pong.AsSpan().SequenceEqual(Input.Pings[^1])))
            && (!settings.IsEcho || _answer.Messages.Count >= Input.Messages.Count);

        public async Task<FuzzExchange> RunAsync(IReadOnlyList<byte[]> segments, CancellationToken cancellationToken)
        {
            Take(connection.Early);
            Task reading = ReadAsync(cancellationToken);
            Task sending = _sending = SendAsync(segments, cancellationToken);
            bool hasEnded = false;
            bool isClosedHere = false;
            if (IsOpen)
            {
                hasEnded = await FollowAsync(() => IsAnswered || _answer is not { Close: null, Violation: null }, cancellationToken);
                bool isFirst = _answer.Close is null;
                await CloseAsync(cancellationToken);
                isClosedHere = isFirst && _hasClosed;
            }
            else if (Input is { Violation: null, Close: null })
            {
                await EndSendingAsync(cancellationToken);
            }

            hasEnded = hasEnded || await FollowAsync(() => false, cancellationToken);
            var exchange = new FuzzExchange
            {
                Sent = [.. _sent],
                Agreed = connection.Agreed,
                Input = Input,
                Answer = _answer,
                Received = _received.WrittenSpan.ToArray(),
                End = !hasEnded ? FuzzEnd.LeftOpen : _wasReset ? FuzzEnd.Reset : FuzzEnd.Ended,
                IsClosedHere = isClosedHere,
                IsAnswered = IsAnswered,
            };
            // That ends both.
            await connection.DisposeAsync();
            _incoming.Writer.TryComplete();
            await Task.WhenAll(reading, sending);
            return exchange;
        }

        public void Dispose()
        {
            Input.Dispose();
            _answer.Dispose();
        }

        /// <summary>Takes what comes until something is so, or the time is over.</summary>
        /// <returns>Whether the stream has ended.</returns>
        private async Task<bool> FollowAsync(Func<bool> isEnough, CancellationToken cancellationToken)
        {
            using var limit = new CancellationTokenSource(settings.Timeout, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            try
            {
                while (!isEnough())
                {
                    if (!await _incoming.Reader.WaitToReadAsync(either.Token))
                        return true;
                    while (_incoming.Reader.TryRead(out byte[]? octets))
                        Take(octets);
                    // One that waits for the answer to its Close before it ends the stream.
                    if (_answer.Close is not null && Input.Close is null && (Input.IsBetweenFrames || Input.Violation is not null))
                        await CloseAsync(either.Token);
                    if (_received.WrittenCount > LargestAnswer)
                        return false;
                }

                return false;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return false;
            }
        }

        private void Take(byte[] octets)
        {
            _received.Write(octets);
            _answer.Add(octets);
        }

        private async Task ReadAsync(CancellationToken cancellationToken)
        {
            byte[] buffer = new byte[64 << 10];
            try
            {
                while (await connection.Stream.ReadAsync(buffer, cancellationToken) is var count and > 0)
                    await _incoming.Writer.WriteAsync(buffer[..count], cancellationToken);
            }
            catch (Exception e) when (IsOfConnection(e))
            {
                _wasReset = true;
            }

            _incoming.Writer.TryComplete();
        }

        private async Task SendAsync(IReadOnlyList<byte[]> segments, CancellationToken cancellationToken)
        {
            try
            {
                foreach (byte[] segment in segments)
                {
                    _sent.Add(segment);
                    await connection.Stream.WriteAsync(segment, cancellationToken);
                    await connection.Stream.FlushAsync(cancellationToken);
                }
            }
            catch (Exception e) when (IsOfConnection(e))
            {
                // How it ended is seen where it is read.
            }
        }

        private async Task CloseAsync(CancellationToken cancellationToken)
        {
            if (_hasClosed || !await IsSentAsync(cancellationToken))
                return;
            _hasClosed = true;
            await SendAsync([_close], cancellationToken);
        }

        private async Task EndSendingAsync(CancellationToken cancellationToken)
        {
            if (!await IsSentAsync(cancellationToken))
                return;
            try
            {
                if (connection.Stream is SslStream tls)
                    await tls.ShutdownAsync();
                connection.Socket.Shutdown(SocketShutdown.Send);
            }
            catch (Exception e) when (IsOfConnection(e))
            {
                // The server was faster.
            }
        }

        /// <summary>Whether the input is sent; a server that reads no more has only so much time.</summary>
        private async Task<bool> IsSentAsync(CancellationToken cancellationToken)
        {
            try
            {
                await _sending.WaitAsync(settings.Timeout, clock, cancellationToken);
                return true;
            }
            catch (TimeoutException)
            {
                return false;
            }
        }

        private static bool IsOfConnection(Exception e) =>
            e is IOException or SocketException or ObjectDisposedException or InvalidOperationException or ChannelClosedException;
    }
}
