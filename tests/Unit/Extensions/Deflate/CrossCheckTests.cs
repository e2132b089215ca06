// The same bytes, judged by System.Net.WebSockets. Both take all 392 combinations of takeover, windows (9 to 15) and role, both ways, text
// and bytes, whole and in fragments. Nothing is left out of the product of the parameters; each pair of connections carries the messages
// below.
//
// Where the two differ, we are meant to, and the tests of this folder show what we do:
//   - it refuses a block with BFINAL; RFC 7692 §7.2.3.4 allows it;
//   - it delivers a compressed message that was truncated; we fail with 1007;
//   - it accepts RSV1 on a Ping; RFC 7692 §6 does not;
//   - it compresses a message of any size; we leave those below the threshold alone;
//   - it sends no Close with 1007 when it cannot inflate; we do.

using System.Net.WebSockets;

namespace WsProto.Tests.Extensions.Deflate;

/// <summary>Deflate against System.Net.WebSockets, in process.</summary>
[Trait("RFC", "7692 §7")]
public class CrossCheckTests
{
    private static readonly Message[] _messages = [.. Messages()];

    public static TheoryData<ConnectionRole, int> Cases
    {
        get
        {
            var data = new TheoryData<ConnectionRole, int>();
            foreach (ConnectionRole role in Enum.GetValues<ConnectionRole>())
            {
                for (int bits = 9; bits <= 15; bits++)
                    data.Add(role, bits);
            }

            return data;
        }
    }

    /// <summary>Text and bytes from nothing to 64 KiB; what repeats itself far back tells the windows apart.</summary>
    private static IEnumerable<Message> Messages()
    {
        foreach (int size in new[] { 0, 1, 126, 2_000, 20_000 })
        {
            byte[] data = Deflated.Prose(size);
            yield return new BytesMessage(data);
            yield return new TextMessage(System.Text.Encoding.ASCII.GetString(data) + "ä€𝄞") { Compress = true };
        }

        yield return new BytesMessage(Deflated.Noise(3_000));
        yield return new BytesMessage(Wire.Concat(Deflated.Noise(600), Deflated.Noise(3_000), Deflated.Noise(600)));
        yield return new BytesMessage(new byte[64 * 1024]);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Both_understand_each_other_under_all_parameters(ConnectionRole role, int serverBits)
    {
        foreach (bool serverForgets in new[] { false, true })
        {
            foreach (bool clientForgets in new[] { false, true })
            {
                for (int clientBits = 9; clientBits <= 15; clientBits++)
                {
                    var agreed = new DeflateParameters
                    {
                        ServerNoContextTakeover = serverForgets,
                        ClientNoContextTakeover = clientForgets,
                        ServerMaxWindowBits = serverBits,
                        ClientMaxWindowBits = clientBits,
                    };
                    using WsConnection ours = Deflated.Connection(role, agreed);
                    using var wire = new Wires();
                    using WebSocket theirs = Theirs(role, agreed, wire);
                    for (int i = 0; i < _messages.Length; i++)
                    {
                        await SendOurs(ours, theirs, wire, _messages[i], fragments: 1 + (i % 3));
                        await SendTheirs(theirs, ours, wire, _messages[i], fragments: 1 + ((i + 1) % 3));
                    }
                }
            }
        }
    }

    /// <summary>They understand all that we make of a message of many fragments, empty ones among them.</summary>
    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public async Task They_understand_messages_of_64_KiB_in_many_fragments(ConnectionRole role)
    {
        var agreed = new DeflateParameters();
        using WsConnection ours = Deflated.Connection(role, agreed);
        using var wire = new Wires();
        using WebSocket theirs = Theirs(role, agreed, wire);
        foreach (byte[] data in new[] { Deflated.Prose(64 * 1024), Deflated.Noise(64 * 1024), [] })
        {
            await SendOurs(ours, theirs, wire, new BytesMessage(data), fragments: 50);
            await SendTheirs(theirs, ours, wire, new BytesMessage(data), fragments: 50);
        }
    }

    private static WebSocket Theirs(ConnectionRole ours, DeflateParameters agreed, Wires wire) =>
        WebSocket.CreateFromStream(wire, new WebSocketCreationOptions
        {
            IsServer = ours == ConnectionRole.Client,
            KeepAliveInterval = TimeSpan.Zero,
            DangerousDeflateOptions = new WebSocketDeflateOptions
            {
                ServerContextTakeover = !agreed.ServerNoContextTakeover,
                ClientContextTakeover = !agreed.ClientNoContextTakeover,
                ServerMaxWindowBits = agreed.ServerMaxWindowBits,
                ClientMaxWindowBits = agreed.ClientMaxWindowBits,
            },
        });

    private static (bool IsText, byte[] Data) Content(Message message) =>
        message is TextMessage text ? (true, Wire.Utf8(text.Data)) : (false, ((BytesMessage)message).Data.ToArray());

    /// <summary>The sizes of so many pieces; the last is empty where there are three.</summary>
    private static IEnumerable<byte[]> Pieces(byte[] data, int fragments)
    {
        int size = data.Length / Math.Max(1, fragments - 1);
        for (int i = 0; i < fragments - 1; i++)
            yield return data[(i * size)..(i == fragments - 2 && fragments == 3 ? data.Length : (i + 1) * size)];
        yield return fragments == 3 ? [] : fragments == 1 ? data : data[((fragments - 1) * size)..];
    }

    private static async Task SendOurs(WsConnection ours, WebSocket theirs, Wires wire, Message message, int fragments)
    {
        (bool isText, byte[] data) = Content(message);
        if (isText || fragments == 1)
            wire.Incoming(ours.Send(message));
        else
        {
            byte[][] pieces = [.. Pieces(data, fragments)];
            for (int i = 0; i < pieces.Length; i++)
                wire.Incoming(ours.Send(new BytesMessage(pieces[i]) { MessageFinished = i == pieces.Length - 1 }));
        }

        var read = new List<byte>();
        byte[] buffer = new byte[8 * 1024];
        ValueWebSocketReceiveResult result;
        do
        {
            result = await theirs.ReceiveAsync(buffer.AsMemory(), default);
            read.AddRange(buffer.AsSpan(0, result.Count));
            Assert.Equal(isText ? WebSocketMessageType.Text : WebSocketMessageType.Binary, result.MessageType);
        }
        while (!result.EndOfMessage);
        Assert.True(data.AsSpan().SequenceEqual(read.ToArray()));
        Assert.True(wire.IsDrained);
    }

    private static async Task SendTheirs(WebSocket theirs, WsConnection ours, Wires wire, Message message, int fragments)
    {
        (bool isText, byte[] data) = Content(message);
        byte[][] pieces = [.. Pieces(data, fragments)];
        for (int i = 0; i < pieces.Length; i++)
            await theirs.SendAsync(
                pieces[i].AsMemory(), isText ? WebSocketMessageType.Text : WebSocketMessageType.Binary, i == pieces.Length - 1, default);
        Assert.Equal([message with { Compress = null }], ours.Read(wire.Outgoing()));
    }

    /// <summary>A stream that never waits: it reads what was put there, and keeps what is written.</summary>
    private sealed class Wires : Stream
    {
        private readonly MemoryStream _written = new();
        private ReadOnlyMemory<byte> _unread;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public bool IsDrained => _unread.IsEmpty;

        public void Incoming(byte[] bytes) => _unread = Wire.Concat(_unread.ToArray(), bytes);

        public byte[] Outgoing()
        {
            byte[] bytes = _written.ToArray();
            _written.SetLength(0);
            return bytes;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = Math.Min(buffer.Length, _unread.Length);
            _unread[..count].CopyTo(buffer);
            _unread = _unread[count..];
            return new(count);
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _written.Write(buffer.Span);
            return default;
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            _written.Dispose();
            base.Dispose(disposing);
        }
    }
}
