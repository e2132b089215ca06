using BenchmarkDotNet.Attributes;

namespace WsProto.Bench;

/// <summary>A server's handshake, which has no counterpart in System.Net.WebSockets. One operation is one handshake.</summary>
[MemoryDiagnoser]
public class HandshakeBenchmarks
{
    private readonly Func<int> _handshakes = HandshakeWork.Handshakes;

    [Benchmark(OperationsPerInvoke = HandshakeWork.Count)]
    public int Handshake() => _handshakes();
}
