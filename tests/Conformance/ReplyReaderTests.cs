namespace WsProto.Conformance.Tests;

/// <summary>What reads a peer's frames, with peers that want to use up memory or time.</summary>
public sealed class ReplyReaderTests
{
    [Theory]
    [InlineData(new byte[] { 0x82, 127, 0, 0, 0, 0, 1, 0, 0, 0 })]
    [InlineData(new byte[] { 0x89, 127, 0, 0, 0, 0, 1, 0, 0, 0 })]
    public async Task Announced_length_takes_no_memory(byte[] head)
    {
        using var stream = new MemoryStream(head);
        ReplyReader reader = Read(stream);
        long before = GC.GetAllocatedBytesForCurrentThread();
        ValueTask<Reply?> reading = reader.ReadAsync(CancellationToken.None);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.Null(await reading);
        Assert.Null(reader.Fault);
    }

    [Fact]
    public async Task Frame_of_many_octets_comes_as_it_was_sent()
    {
        byte[] payload = SampleData.Random(1_000_000, isText: false);
        using var stream = new MemoryStream(SentFrame.Binary(payload).Encode(masks: false));
        Assert.Equal(Reply.Binary(payload), await Read(stream).ReadAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData(new byte[] { 0x82, 0 })]
    [InlineData(new byte[] { 0x89, 0 })]
    [InlineData(new byte[] { 0x81, 3, (byte)'a', (byte)'b', (byte)'c' })]
    public async Task Frames_without_end__end_with_a_fault(byte[] frame)
    {
        using var stream = new EndlessStream(frame);
        ReplyReader reader = Read(stream);
        while (await reader.ReadAsync(CancellationToken.None) is not null)
        {
            // It is the reader that ends it.
        }

        Assert.Equal("the server sends more than any case does", reader.Fault);
    }

    [Fact]
    public async Task Compressed_message_of_blocks_without_end__is_given_up_when_the_time_is_over()
    {
        // Empty blocks (RFC 1951 §3.2.4). Those with tables of codes of their own take 40 µs each.
        byte[] blocks = [.. Enumerable.Repeat<byte[]>([0, 0, 0, 0xFF, 0xFF], 1000).SelectMany(block => block)];
        using var limit = new CancellationTokenSource();
        using var stream = new LastStream(SentFrame.Binary(blocks, rsv: 0b100).Encode(masks: false), limit);
        var reader = new ReplyReader(stream, new Transcript(), new MessageInflater(15, forgets: false), PeerRole.Server);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reader.ReadAsync(limit.Token));
    }

    private static ReplyReader Read(Stream stream) => new(stream, new Transcript(), null, PeerRole.Server);

    /// <summary>The same octets again and again.</summary>
    private sealed class EndlessStream(byte[] octets) : MemoryStream(octets)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position == Length)
                Position = 0;
            return base.ReadAsync(buffer, cancellationToken);
        }
    }

    /// <summary>With its last octet the time is over.</summary>
    private sealed class LastStream(byte[] octets, CancellationTokenSource limit) : MemoryStream(octets)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = await base.ReadAsync(buffer, cancellationToken);
            if (Position == Length)
                await limit.CancelAsync();
            return count;
        }
    }
}
