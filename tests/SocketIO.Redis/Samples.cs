using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using WsProto.SocketIO.AspNetCore;

namespace WsProto.SocketIO.Redis.Tests;

/// <summary>The code of the documents. <see cref="ChannelTests"/> runs it.</summary>
internal static class Samples
{
    internal static void Add(IServiceCollection services, string address)
    {
        #region server
        services.AddSocketIO(new SocketIOOptions { Backplane = new RedisSocketIOBackplane(address) });
        #endregion
    }

    internal static async Task EmitAsync(string address)
    {
        #region emitter
        await using ConnectionMultiplexer redis = await ConnectionMultiplexer.ConnectAsync(address);
        var emitter = new RedisSocketIOEmitter(redis);
        long servers = await emitter.Main.To("news").EmitAsync("headline", "It works", new byte[] { 1, 2, 3 });
        #endregion
        Assert.Equal(1, servers);
    }
}
