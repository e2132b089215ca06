using Microsoft.Extensions.DependencyInjection;
using NATS.Client.Core;
using WsProto.SocketIO.AspNetCore;

namespace WsProto.SocketIO.Nats.Tests;

/// <summary>The code of the documents. <see cref="OutageTests"/> and <see cref="EmitterTests"/> run it.</summary>
internal static class Samples
{
    internal static void Add(IServiceCollection services, string address)
    {
        #region server
        services.AddSocketIO(new SocketIOOptions { Backplane = new NatsSocketIOBackplane(address) });
        #endregion
    }

    internal static async Task EmitAsync(string address)
    {
        #region emitter
        await using var nats = new NatsConnection(NatsOpts.Default with { Url = address });
        var emitter = new NatsSocketIOEmitter(nats);
        await emitter.Main.To("news").EmitAsync("headline", "It works", new byte[] { 1, 2, 3 });
        #endregion
    }
}
