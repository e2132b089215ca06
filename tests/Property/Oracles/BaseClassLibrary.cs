// System.Net.WebSockets in this process, over streams in memory: what it makes of the bytes of a peer.

using System.Net.WebSockets;
using System.Text;

namespace WsProto.Tests.Oracles;

/// <summary>How it ended.</summary>
internal enum Ending
{
    /// <summary>The peer has closed.</summary>
    Closed,

    /// <summary>The peer has broken the protocol.</summary>
    Broken,

    /// <summary>The stream has ended without either.</summary>
    Lost,
}

/// <summary>What a peer was understood to have said: the whole messages and the Pings, each in its order, and the end.</summary>
internal sealed record Understood(IReadOnlyList<string> Messages, IReadOnlyList<string> Pings, Ending Ending, string Close)
{
    public bool Equals(Understood? other) =>
        other is not null
        && (Ending, Close) == (other.Ending, other.Close)
        && Messages.SequenceEqual(other.Messages)
        && Pings.SequenceEqual(other.Pings);

    public override int GetHashCode() => HashCode.Combine(Ending, Close, Messages.Count);

    public override string ToString() =>
        $"{Ending} {Close} after messages [{string.Join(", ", Messages)}] and Pings "
        + $"[{string.Join(", ", Pings.Select(ping => $"'{ping}'"))}]";
}

internal static class BaseClassLibrary
{
    /// <summary>What an end of System.Net.WebSockets understands.</summary>
    public static Understood Read(ConnectionRole role, byte[] bytes, int piece)
    {
        using var transport = new Transport(bytes, piece);
        using var socket = WebSocket.CreateFromStream(
            transport,
            new WebSocketCreationOptions { IsServer = role == ConnectionRole.Server, KeepAliveInterval = Timeout.InfiniteTimeSpan });
        var messages = new List<string>();
        var open = new List<byte>();
        byte[] buffer = new byte[4096];
        (Ending Ending, string Close)? end = null;
        while (end is null)
        {
            try
            {
                // The stream never waits, so neither does this.
                WebSocketReceiveResult result = socket.ReceiveAsync(new ArraySegment<byte>(buffer), CancellationToken.None)
                    .GetAwaiter()
                    .GetResult();
                if (result.MessageType == WebSocketMessageType.Close)
                {
                    end = (Ending.Closed, CloseOf((int)result.CloseStatus!, result.CloseStatusDescription));
                    break;
                }

                open.AddRange(buffer.AsSpan(0, result.Count));
                if (result.EndOfMessage)
                {
                    messages.Add(MessageOf(result.MessageType == WebSocketMessageType.Text, [.. open]));
                    open.Clear();
                }
            }
            catch (WebSocketException e)
            {
                end = (e.WebSocketErrorCode == WebSocketError.ConnectionClosedPrematurely ? Ending.Lost : Ending.Broken, "");
            }
        }

        IReadOnlyList<WireFrame> written =
            WireFrame.Parse(transport.Written, role) ?? throw new InvalidOperationException("It has written what is no frame.");
        return new Understood(
            messages,
            [.. written.Where(frame => frame.Opcode == Opcode.Pong).Select(frame => Convert.ToHexString(frame.Payload))],
            end.Value.Ending,
            end.Value.Close);
    }

    /// <summary>What an end of this library understands.</summary>
    public static Understood ReadHere(ConnectionRole role, byte[] bytes, int piece, out ProtocolError? error)
    {
        using var connection =
            WsConnection.Established(role, options: new WsConnectionOptions { MaxMessageSize = null, MaxFragmentCount = null });
        IReadOnlyList<WsEvent> events = new Cutting([piece], Way.Span, 1).Feed(connection, bytes, endOfStream: true);
        var messages = new List<string>();
        var pings = new List<string>();
        CloseConnection? end = null;
        foreach (WsEvent e in events)
        {
            switch (e)
            {
                case TextMessage text:
                    messages.Add(MessageOf(isText: true, Encoding.UTF8.GetBytes(text.Data)));
                    break;
                case BytesMessage data:
                    messages.Add(MessageOf(isText: false, data.Data.ToArray()));
                    break;
                case Ping ping:
                    pings.Add(Convert.ToHexString(ping.Payload.Span));
                    break;
                case CloseConnection close:
                    end = close;
                    break;
            }
        }

        error = end!.Error;
        Ending ending = error is not null ? Ending.Broken : end.Code == CloseCode.AbnormalClosure ? Ending.Lost : Ending.Closed;
        return new Understood(messages, pings, ending, ending == Ending.Closed ? CloseOf((int)end.Code, end.Reason) : "");
    }

    private static string MessageOf(bool isText, byte[] payload) =>
        $"{(isText ? "text" : "bytes")} {Testing.Generators.Bytes.Show(payload)}";

    private static string CloseOf(int code, string? reason) => $"{code} {reason}".TrimEnd(' ');

    /// <summary>Gives some bytes in pieces, then the end; keeps what is written.</summary>
    private sealed class Transport(byte[] bytes, int piece) : Stream
    {
        private readonly MemoryStream _written = new();
        private int _position;

        public byte[] Written => _written.ToArray();

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            int count = Math.Min(Math.Min(piece, buffer.Length), bytes.Length - _position);
            bytes.AsSpan(_position, count).CopyTo(buffer);
            _position += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            Task.FromResult(Read(buffer, offset, count));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(Read(buffer.Span));

        public override void Write(ReadOnlySpan<byte> buffer) => _written.Write(buffer);

        public override void Write(byte[] buffer, int offset, int count) => _written.Write(buffer, offset, count);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Write(buffer.Span);
            return ValueTask.CompletedTask;
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            Write(buffer, offset, count);
            return Task.CompletedTask;
        }

        public override void Flush()
        {
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _written.Dispose();
            base.Dispose(disposing);
        }
    }
}
