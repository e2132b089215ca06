
using WsProto.Extensions;

namespace WsProto.Tests.Extensions.Deflate;

/// <summary>The binding of the runtime's zlib, where it is there and where it is not.</summary>
public class ZlibTests
{
    [Fact]
    public void Library_of_the_runtime_is_there()
    {
        Assert.True(PerMessageDeflate.IsSupported);
        Assert.Null(ZlibSupport.Failure);
    }

    [Fact]
    public void Library_that_is_not_there__is_named_as_the_reason()
    {
        var missing = new DllNotFoundException("none");
        Assert.Same(missing, ZlibSupport.Try(() => throw missing));
        Assert.IsType<EntryPointNotFoundException>(ZlibSupport.Try(() => throw new EntryPointNotFoundException()));
        Assert.Same(missing, Assert.Throws<PlatformNotSupportedException>(() => new PerMessageDeflate(missing)).InnerException);
    }

    [Fact]
    public void Other_failures_are_not_hidden() =>
        Assert.Throws<InvalidOperationException>(() => ZlibSupport.Try(() => throw new InvalidOperationException()));

    [Fact]
    public void Stream_that_zlib_refuses__is_not_made()
    {
        Assert.Throws<InvalidOperationException>(() => ZlibStream.ForInflate(windowBits: 99));
        Assert.Throws<InvalidOperationException>(() => ZlibStream.ForDeflate(level: 99, windowBits: 15, memoryLevel: 8));
    }

    [Fact]
    public void Stream_that_was_disposed__is_not_used()
    {
        ZlibStream stream = ZlibStream.ForInflate(15);
        Assert.False(stream.IsInvalid);
        stream.Dispose();
        Assert.True(stream.IsClosed);
        Assert.Throws<ObjectDisposedException>(() => Run(stream));
    }

    private static void Run(ZlibStream stream)
    {
        ReadOnlySpan<byte> input = [0x00];
        stream.Run(ref input, new byte[10], ZlibFlush.None, out _);
    }

    [Fact]
    public void Stream_without_any_input__says_that_there_was_nothing_to_do()
    {
        using ZlibStream stream = ZlibStream.ForInflate(15);
        ReadOnlySpan<byte> input = [];
        Assert.Equal(ZlibStatus.BufferError, stream.Run(ref input, new byte[10], ZlibFlush.None, out int written));
        Assert.Equal(0, written);
    }
}
