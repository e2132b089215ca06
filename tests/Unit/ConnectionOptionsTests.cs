namespace WsProto.Tests;

/// <summary>The defaults of every limit, and what a limit cannot be.</summary>
public class ConnectionOptionsTests
{
    private const long LargestString = 1_073_741_791;

    [Fact]
    [Trait("Register", "S49")]
    public void Defaults_are_those_that_are_documented()
    {
        ConnectionOptions options = ConnectionOptions.Default;
        Assert.Equal(MessageDelivery.Whole, options.MessageDelivery);
        Assert.Equal(1_048_576, options.MaxMessageSize);
        Assert.Null(options.MaxFrameSize);
        Assert.Equal(1024, options.MaxFragments);
        Assert.Equal(16_384, options.MaxHandshakeSize);
        Assert.Equal(100, options.MaxHeaderCount);
        Assert.Equal(8192, options.MaxHeaderLine);
        Assert.Equal(65_536, options.MaxRejectBodySize);
        Assert.Equal(new ConnectionOptions(), options);
        Assert.Same(ConnectionOptions.Default, options);
    }

    [Fact]
    public void Limits_of_any_allowed_size_are_taken_as_they_are()
    {
        var smallest = new ConnectionOptions
        {
            MessageDelivery = MessageDelivery.Chunks,
            MaxMessageSize = 0,
            MaxFrameSize = 0,
            MaxFragments = 1,
            MaxHandshakeSize = 1,
            MaxHeaderCount = 1,
            MaxHeaderLine = 1,
            MaxRejectBodySize = 0,
        };
        Assert.Equal((MessageDelivery.Chunks, 0L, 0L, 1), (smallest.MessageDelivery, smallest.MaxMessageSize, smallest.MaxFrameSize, smallest.MaxFragments));
        Assert.Equal((1, 1, 1, 0), (smallest.MaxHandshakeSize, smallest.MaxHeaderCount, smallest.MaxHeaderLine, smallest.MaxRejectBodySize));

        var largest = new ConnectionOptions
        {
            MaxMessageSize = long.MaxValue,
            MaxFrameSize = long.MaxValue,
            MaxFragments = int.MaxValue,
            MaxHandshakeSize = int.MaxValue,
            MaxHeaderCount = int.MaxValue,
            MaxHeaderLine = 1 << 30,
            MaxRejectBodySize = int.MaxValue,
        };
        Assert.Equal((long.MaxValue, long.MaxValue, int.MaxValue), (largest.MaxMessageSize, largest.MaxFrameSize, largest.MaxFragments));
        Assert.Equal((int.MaxValue, int.MaxValue, 1 << 30, int.MaxValue), (largest.MaxHandshakeSize, largest.MaxHeaderCount, largest.MaxHeaderLine, largest.MaxRejectBodySize));

        var unlimited = new ConnectionOptions { MaxMessageSize = null, MaxFrameSize = null, MaxFragments = null };
        Assert.Equal((null, null, null), (unlimited.MaxMessageSize, unlimited.MaxFrameSize, unlimited.MaxFragments));
        Assert.NotEqual(ConnectionOptions.Default, unlimited);
        Assert.Equal(ConnectionOptions.Default, unlimited with { MaxMessageSize = 1_048_576, MaxFragments = 1024 });
    }

    [Fact]
    public void Limits_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConnectionOptions { MessageDelivery = (MessageDelivery)2 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConnectionOptions { MessageDelivery = (MessageDelivery)(-1) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConnectionOptions { MaxMessageSize = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConnectionOptions { MaxFrameSize = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConnectionOptions { MaxRejectBodySize = -1 });
        foreach (int limit in new[] { 0, -1, int.MinValue })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => new ConnectionOptions { MaxFragments = limit });
            Assert.Throws<ArgumentOutOfRangeException>(() => new ConnectionOptions { MaxHandshakeSize = limit });
            Assert.Throws<ArgumentOutOfRangeException>(() => new ConnectionOptions { MaxHeaderCount = limit });
            Assert.Throws<ArgumentOutOfRangeException>(() => new ConnectionOptions { MaxHeaderLine = limit });
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => new ConnectionOptions { MaxHeaderLine = (1 << 30) + 1 });
    }

    [Theory]
    [InlineData(MessageDelivery.Whole, 5L, 5L)]
    [InlineData(MessageDelivery.Whole, LargestString, LargestString)]
    [InlineData(MessageDelivery.Whole, LargestString + 1, LargestString)]
    [InlineData(MessageDelivery.Whole, null, LargestString)]
    [InlineData(MessageDelivery.Chunks, 5L, 5L)]
    [InlineData(MessageDelivery.Chunks, LargestString + 1, LargestString + 1)]
    [InlineData(MessageDelivery.Chunks, null, long.MaxValue)]
    public void Message_that_is_delivered_whole_has_to_fit_into_a_string(MessageDelivery delivery, long? limit, long works) =>
        Assert.Equal(works, new ConnectionOptions { MessageDelivery = delivery, MaxMessageSize = limit }.EffectiveMaxMessageSize);
}
