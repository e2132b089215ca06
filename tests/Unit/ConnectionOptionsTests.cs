namespace WsProto.Tests;

/// <summary>The defaults of every limit, and what a limit cannot be.</summary>
public class ConnectionOptionsTests
{
    private const long LargestString = 1_073_741_791;

    [Fact]
    [Trait("Register", "S49")]
    public void Defaults_are_those_that_are_documented()
    {
        WsConnectionOptions options = WsConnectionOptions.Default;
        Assert.Equal(MessageDelivery.Whole, options.MessageDelivery);
        Assert.Equal(1_048_576, options.MaxMessageSize);
        Assert.Null(options.MaxFrameSize);
        Assert.Equal(1024, options.MaxFragmentCount);
        Assert.Equal(16_384, options.MaxHandshakeSize);
        Assert.Equal(100, options.MaxHeaderCount);
        Assert.Equal(100, options.MaxHeaderElementCount);
        Assert.Equal(8192, options.MaxHeaderLineSize);
        Assert.Equal(65_536, options.MaxRejectBodySize);
        Assert.Equal(new WsConnectionOptions(), options);
        Assert.Same(WsConnectionOptions.Default, options);
    }

    [Fact]
    public void Limits_of_any_allowed_size_are_taken_as_they_are()
    {
        var smallest = new WsConnectionOptions
        {
            MessageDelivery = MessageDelivery.Chunks,
            MaxMessageSize = 0,
            MaxFrameSize = 0,
            MaxFragmentCount = 1,
            MaxHandshakeSize = 1,
            MaxHeaderCount = 1,
            MaxHeaderLineSize = 1,
            MaxRejectBodySize = 0,
        };
        Assert.Equal(
            (MessageDelivery.Chunks, 0L, 0L, 1),
            (smallest.MessageDelivery, smallest.MaxMessageSize, smallest.MaxFrameSize, smallest.MaxFragmentCount));
        Assert.Equal(
            (1, 1, 1, 0),
            (smallest.MaxHandshakeSize, smallest.MaxHeaderCount, smallest.MaxHeaderLineSize, smallest.MaxRejectBodySize));

        var largest = new WsConnectionOptions
        {
            MaxMessageSize = long.MaxValue,
            MaxFrameSize = long.MaxValue,
            MaxFragmentCount = int.MaxValue,
            MaxHandshakeSize = int.MaxValue,
            MaxHeaderCount = int.MaxValue,
            MaxHeaderLineSize = 1 << 30,
            MaxRejectBodySize = int.MaxValue,
        };
        Assert.Equal(
            (long.MaxValue, long.MaxValue, int.MaxValue),
            (largest.MaxMessageSize, largest.MaxFrameSize, largest.MaxFragmentCount));
        Assert.Equal(
            (int.MaxValue, int.MaxValue, 1 << 30, int.MaxValue),
            (largest.MaxHandshakeSize, largest.MaxHeaderCount, largest.MaxHeaderLineSize, largest.MaxRejectBodySize));

        var unlimited = new WsConnectionOptions { MaxMessageSize = null, MaxFrameSize = null, MaxFragmentCount = null };
        Assert.Equal((null, null, null), (unlimited.MaxMessageSize, unlimited.MaxFrameSize, unlimited.MaxFragmentCount));
        Assert.NotEqual(WsConnectionOptions.Default, unlimited);
        Assert.Equal(WsConnectionOptions.Default, unlimited with { MaxMessageSize = 1_048_576, MaxFragmentCount = 1024 });
    }

    [Fact]
    public void Limits_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new WsConnectionOptions { MessageDelivery = (MessageDelivery)2 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new WsConnectionOptions { MessageDelivery = (MessageDelivery)(-1) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new WsConnectionOptions { MaxMessageSize = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new WsConnectionOptions { MaxWholeMessageSize = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new WsConnectionOptions { MaxWholeMessageSize = (1 << 29) + 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new WsConnectionOptions { MaxFrameSize = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new WsConnectionOptions { MaxRejectBodySize = -1 });
        foreach (int limit in new[] { 0, -1, int.MinValue })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => new WsConnectionOptions { MaxFragmentCount = limit });
            Assert.Throws<ArgumentOutOfRangeException>(() => new WsConnectionOptions { MaxHandshakeSize = limit });
            Assert.Throws<ArgumentOutOfRangeException>(() => new WsConnectionOptions { MaxHeaderCount = limit });
            Assert.Throws<ArgumentOutOfRangeException>(() => new WsConnectionOptions { MaxHeaderElementCount = limit });
            Assert.Throws<ArgumentOutOfRangeException>(() => new WsConnectionOptions { MaxHeaderLineSize = limit });
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => new WsConnectionOptions { MaxHeaderLineSize = (1 << 30) + 1 });
    }

    [Theory]
    [InlineData(MessageDelivery.Whole, null, 5L, 5L)]
    [InlineData(MessageDelivery.Whole, null, LargestString, LargestString)]
    [InlineData(MessageDelivery.Whole, null, LargestString + 1, LargestString)]
    [InlineData(MessageDelivery.Whole, null, null, LargestString)]
    [InlineData(MessageDelivery.Whole, 1L << 29, 5L, 5L)]
    [InlineData(MessageDelivery.Whole, 1L << 29, LargestString + 1, LargestString + 1)]
    [InlineData(MessageDelivery.Whole, 0L, null, long.MaxValue)]
    [InlineData(MessageDelivery.Chunks, null, 5L, 5L)]
    [InlineData(MessageDelivery.Chunks, null, LargestString + 1, LargestString + 1)]
    [InlineData(MessageDelivery.Chunks, 0L, null, long.MaxValue)]
    public void Message_that_is_delivered_whole_has_to_fit_into_a_string(MessageDelivery delivery, long? whole, long? limit, long works) =>
        Assert.Equal(
            works,
            new WsConnectionOptions
            {
                MessageDelivery = delivery,
                MaxWholeMessageSize = whole,
                MaxMessageSize = limit,
            }.EffectiveMaxMessageSize);
}
