using System;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace WsProto.AspNetCore.Testing;

/// <summary>Makes Kestrel listen in memory, so that tests run the real server without a port.</summary>
public static class InMemoryKestrelExtensions
{
    /// <summary>Replaces the server by a Kestrel that listens in memory, for HTTP/1.1 and HTTP/2.</summary>
    /// <param name="builder">
    /// The host's builder: <c>builder.WebHost</c>, or the argument of <c>WebApplicationFactory.ConfigureWebHost</c>.
    /// </param>
    /// <returns>The same builder.</returns>
    /// <remarks>
    /// <para>No port is opened. Addresses that the application is configured to listen on are bound in memory, and cannot be connected
    /// to.</para>
    /// <para>
    /// Kestrel's timeouts, such as those for request headers and idle connections, use the system's clock. A session uses the clock of its
    /// options.
    /// </para>
    /// <para>
    /// With <c>WebApplicationFactory</c>, call <c>UseKestrel</c> of the factory before it starts. Otherwise the factory replaces the server
    /// by <c>TestServer</c>, which cannot upgrade a connection.
    /// </para>
    /// </remarks>
    public static IWebHostBuilder UseKestrelInMemory(this IWebHostBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.UseKestrelCore();
        return builder.ConfigureServices(static services =>
        {
            services.AddSingleton<InMemoryServer>(static _ => new InMemoryServer());
            // Kestrel asks the factory that was registered last first.
            services.AddSingleton<IConnectionListenerFactory>(static services => new InMemoryListenerFactory(services.GetInMemoryServer()));
            services.Configure<KestrelServerOptions>(static kestrel =>
            {
                kestrel.Listen(InMemoryEndPoint.Http1, static listen => listen.Protocols = HttpProtocols.Http1);
                kestrel.Listen(InMemoryEndPoint.Http2, static listen => listen.Protocols = HttpProtocols.Http2);
            });
        });
    }

    /// <summary>Gets the in-memory server, to connect to it.</summary>
    /// <param name="services">The services of the application.</param>
    /// <returns>The in-memory server of the application.</returns>
    /// <exception cref="InvalidOperationException"><see cref="UseKestrelInMemory"/> was not called.</exception>
    public static InMemoryServer GetInMemoryServer(this IServiceProvider services) => services.GetRequiredService<InMemoryServer>();
}
