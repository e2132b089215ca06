using BenchmarkDotNet.Attributes;

namespace WsProto.Bench;

/// <summary>Sends messages to a writer that forgets them. One operation is 2 MiB of messages (4 MiB for the largest size).</summary>
[MemoryDiagnoser]
public class SendBenchmarks
{
    private SendWork _work = null!;

    [Params(ConnectionRole.Client, ConnectionRole.Server)]
    public ConnectionRole Role { get; set; }

    [Params(16, 125, 1 << 10, 16 << 10, 64 << 10, 1 << 20)]
    public int Size { get; set; }

    [GlobalSetup]
    public void Setup() => _work = SendWork.As(Role, Size);

    [GlobalCleanup]
    public void Cleanup() => _work.Dispose();

    [Benchmark(Baseline = true)]
    public int System_Net_WebSockets() => _work.TheirMessages();

    [Benchmark]
    public int WsProto() => _work.Messages();
}
