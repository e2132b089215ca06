using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Cli.Connect;

/// <summary>Passes octets on, and shows the frames in them.</summary>
/// <param name="inner">Where they go.</param>
/// <param name="terminal">Whose standard error gets the frames.</param>
internal sealed class TraceStream(Stream inner, Terminal terminal) : PassThroughStream(inner)
{
    private readonly FrameTrace _received = new('<', terminal);
    private readonly FrameTrace _sent = new('>', terminal);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await Inner.ReadAsync(buffer, cancellationToken);
        _received.Add(buffer.Span[..count]);
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _sent.Add(buffer.Span);
        await Inner.WriteAsync(buffer, cancellationToken);
    }
}
