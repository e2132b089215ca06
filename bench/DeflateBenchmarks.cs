using System.Buffers;
using System.Net.WebSockets;
using BenchmarkDotNet.Attributes;
using WsProto.Extensions;

namespace WsProto.Bench;

/// <summary>
/// permessage-deflate, server side, window 15, level 6, no threshold, binary so that nobody validates text. One operation is one message.
/// </summary>
[MemoryDiagnoser]
[GroupBenchmarksBy(BenchmarkDotNet.Configs.BenchmarkLogicalGroupRule.ByCategory)]
public class DeflateBenchmarks
{
    internal const int Messages = 512;

    private readonly ArrayBufferWriter<byte> _output = new(1 << 20);
    private readonly byte[] _received = new byte[1 << 16];
    private byte[][] _payloads = [];
    private byte[] _wire = [];
    private WsConnection _sender = null!;
    private WsConnection _receiver = null!;
    private WebSocket _peerSender = null!;
    private WebSocket _peerReceiver = null!;

    [Params(1024, 16384)]
    public int Size { get; set; }

    [Params(true, false)]
    public bool Takeover { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _payloads = Corpus.Json(Size, Messages);
        _sender = Ours(ConnectionRole.Server);
        _receiver = Ours(ConnectionRole.Server);
        _peerSender = Peer.Server(new LoopStream([0], 1), Takeover);

        using WsConnection client = Ours(ConnectionRole.Client);
        var wire = new ArrayBufferWriter<byte>();
        foreach (byte[] payload in _payloads)
            client.SendBytes(payload, wire);
        _wire = wire.WrittenSpan.ToArray();
        _peerReceiver = Peer.Server(new LoopStream(_wire, 1 << 16), Takeover);
    }

    [Benchmark(OperationsPerInvoke = Messages, Baseline = true), BenchmarkCategory("compress")]
    public async Task Compress_System_Net_WebSockets()
    {
        foreach (byte[] payload in _payloads)
            await _peerSender.SendAsync(payload.AsMemory(), WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
    }

    [Benchmark(OperationsPerInvoke = Messages), BenchmarkCategory("compress")]
    public void Compress_WsProto()
    {
        foreach (byte[] payload in _payloads)
        {
            _sender.SendBytes(payload, _output);
            _output.ResetWrittenCount();
        }
    }

    /// <remarks>
    /// The wire begins anew each time; without history in common the first message of a round still refers to none before it.
    /// </remarks>
    [Benchmark(OperationsPerInvoke = Messages, Baseline = true), BenchmarkCategory("decompress")]
    public async Task Decompress_System_Net_WebSockets()
    {
        for (int i = 0; i < Messages; i++)
        {
            ValueWebSocketReceiveResult result;
            do
                result = await _peerReceiver.ReceiveAsync(_received.AsMemory(), CancellationToken.None);
            while (!result.EndOfMessage);
        }
    }

    /// <summary>Used where it stands.</summary>
    [Benchmark(OperationsPerInvoke = Messages), BenchmarkCategory("decompress")]
    public int Decompress_WsProto() => Decompress(copies: false);

    /// <summary>Copied to where the other puts it.</summary>
    [Benchmark(OperationsPerInvoke = Messages), BenchmarkCategory("decompress")]
    public int Decompress_WsProto_and_copy() => Decompress(copies: true);

    private int Decompress(bool copies)
    {
        int total = 0;
        for (int offset = 0; offset < _wire.Length; offset += 1 << 16)
        {
            _receiver.Receive(_wire.AsSpan(offset, Math.Min(1 << 16, _wire.Length - offset)));
            while (_receiver.TryReadFrame(out Frame frame))
            {
                if (copies)
                    frame.Payload.CopyTo(_received);
                total += frame.Payload.Length;
            }
        }

        return total;
    }

    private WsConnection Ours(ConnectionRole role)
    {
        var template =
            new PerMessageDeflate { ServerNoContextTakeover = !Takeover, ClientNoContextTakeover = !Takeover, MinCompressedSize = 0 };
        ExtensionCodec codec = template.Accept(template.Offer()[0])!;
        return WsConnection.Established(role, [role == ConnectionRole.Server ? codec : template.Confirm(codec.Agreed)!]);
    }
}
