using BenchmarkDotNet.Attributes;

namespace WsProto.Bench;

/// <summary>A server receives masked frames. One operation is a pass over 2 MiB of traffic (4 MiB for the largest size).</summary>
[MemoryDiagnoser]
public class ReceiveBenchmarks
{
    private ReceiveWork _work = null!;

    [Params(Kind.Ascii, Kind.Mixed, Kind.Binary)]
    public Kind Kind { get; set; }

    [Params(16, 125, 1 << 10, 16 << 10, 64 << 10, 1 << 20)]
    public int Size { get; set; }

    [Params(1400, 64 << 10)]
    public int Piece { get; set; }

    [GlobalSetup]
    public void Setup() => _work = ReceiveWork.With(Kind, Size, Piece);

    [GlobalCleanup]
    public void Cleanup() => _work.Dispose();

    [Benchmark(Baseline = true)]
    public int System_Net_WebSockets() => _work.TheirMessages();

    [Benchmark]
    public int Frames() => _work.Frames();

    [Benchmark]
    public int Chunks() => _work.Chunks();

    [Benchmark]
    public int Events() => _work.Events();
}
