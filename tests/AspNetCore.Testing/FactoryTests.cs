using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using WsProto.Adapters;

namespace WsProto.AspNetCore.Testing.Tests;

/// <summary>An application as it is, started by WebApplicationFactory.</summary>
public class FactoryTests
{
    [Fact]
    public async Task Application_runs_on_the_real_server_in_memory()
    {
        #region test
        await using var factory = new InMemoryFactory();
        factory.UseKestrel();
        factory.StartServer();
        InMemoryServer server = factory.Services.GetInMemoryServer();

        using HttpClient client = server.CreateClient();
        Assert.Contains("<title>", await client.GetStringAsync(new Uri("/", UriKind.Relative)), StringComparison.Ordinal);

        await using WsSession ann = await server.ConnectWebSocketAsync("/chat/kitchen?name=Ann");
        Assert.IsType<TextMessage>(await ann.ReceiveAsync());
        #endregion

        WsHandshakeException refusal = await Assert.ThrowsAsync<WsHandshakeException>(
            async () => await server.ConnectWebSocketAsync("/chat/kitchen"));
        Assert.Equal(400, refusal.StatusCode);
    }

    #region factory
    private sealed class InMemoryFactory : WebApplicationFactory<Program>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder) => builder.UseKestrelInMemory();
    }
    #endregion
}
