using System;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Tests.Support;

/// <summary>
/// A transport that does what a test says, call by call. As it stands, reads and writes wait for ever and heed their tokens.
/// </summary>
internal sealed class FakeTransport : WsTransport
{
    internal Func<Memory<byte>, CancellationToken, ValueTask<int>> OnRead { get; init; } = static async (_, token) =>
    {
        await Task.Delay(Timeout.Infinite, token);
        return 0;
    };

    internal Func<ValueTask> OnWait { get; init; } = static () => default;

    internal Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> OnWrite { get; init; } =
        static (_, token) => new ValueTask(Task.Delay(Timeout.Infinite, token));

    internal bool CompletesWrites { get; init; } = true;

    internal Func<ValueTask> OnComplete { get; init; } = static () => default;

    internal Func<ValueTask> OnDispose { get; init; } = static () => default;

    internal int Disposals { get; private set; }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        OnRead(buffer, cancellationToken);

    public override ValueTask WaitToReadAsync(CancellationToken cancellationToken = default) => OnWait();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        OnWrite(data, cancellationToken);

    public override bool CanCompleteWrites => CompletesWrites;

    public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken = default) => OnComplete();

    public override async ValueTask DisposeAsync()
    {
        Disposals++;
        await OnDispose();
        await base.DisposeAsync();
    }
}
