using WsProto.Conformance.Tests;

namespace WsProto.Cli.Tests;

public sealed class CloseCodeTests
{
    /// <summary>A Close of the server with a code of the registry is none of the framing's faults.</summary>
    [Theory]
    [Trait("Demand", "L04")]
    [InlineData(1012, "there is a Close with 1012")]
    [InlineData(1014, "there is a Close with 1014")]
    [InlineData(3000, "there is a Close with 3000")]
    [InlineData(1015, "the server sends a Close that is none: 03F7")]
    [InlineData(1016, "the server sends a Close that is none: 03F8")]
    public async Task Codes_of_the_registry_are_valid(int code, string reason)
    {
        byte[] close = [0x88, 2, (byte)(code >> 8), (byte)code];
        await using var server = new FaultyServer((stream, stop) => stream.WriteAsync(close, stop).AsTask());
        Tool tool = await Tool.RunAsync("conform", server.Address.ToString(), "-s", "7.13.1");
        Assert.Equal(reason, tool.Cases[0][4].Split(',')[0]);
    }
}
