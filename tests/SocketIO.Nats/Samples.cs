using Microsoft.Extensions.DependencyInjection;
using WsProto.SocketIO.AspNetCore;

namespace WsProto.SocketIO.Nats.Tests;

/// <summary>The code of the documents. <see cref="OutageTests"/> runs it.</summary>
internal static class Samples
{
    internal static void Add(IServiceCollection services, string address)
    {
        #region server
        services.AddSocketIO(new SocketIOOptions { Backplane = new NatsSocketIOBackplane(address) });
        #endregion
    }
}
