using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests.Transports;

/// <summary>Streams other than those of .NET's network.</summary>
public sealed class StreamTransportTests
{
    [Fact]
    public async Task Stream_that_keeps_bytes_is_flushed_after_each_write()
    {
        using var inner = new MemoryStream();
        await using WsTransport transport = WsTransport.From(new BufferedStream(inner, 4096));
        await transport.WriteAsync("now"u8.ToArray()).Soon();
        Assert.Equal("now"u8.ToArray(), inner.ToArray());
        await transport.WriteAsync("and again"u8.ToArray()).Soon();
        Assert.Equal("nowand again"u8.ToArray(), inner.ToArray());
    }

    [Fact]
    public async Task Stream_that_cannot_end_its_writes_says_so_and_stays_open()
    {
        var inner = new MemoryStream();
        await using WsTransport transport = WsTransport.From(inner);
        Assert.False(transport.CanCompleteWrites);
        await transport.CompleteWritesAsync().Soon();
        Assert.True(inner.CanWrite);
        await transport.DisposeAsync().Soon();
        Assert.False(inner.CanWrite);
    }
}
