using System;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace WsProto.AspNetCore.Testing;

/// <summary>Lets Kestrel listen in memory, so that tests run the real server without a port.</summary>
public static class InMemoryKestrelExtensions
{
    /// <summary>
    /// Makes the server a Kestrel that listens in memory, for HTTP/1.1 and HTTP/2. No port is opened, whatever else the application is
    /// configured to listen to.
    /// </summary>
    /// <param name="builder">The host, such as <c>builder.WebHost</c>, or what <c>WebApplicationFactory.ConfigureWebHost</c> gets.</param>
    /// <remarks>
    /// <para>
    /// Kestrel's own timeouts, such as those for request headers and idle connections, run on the system's clock; a session's on the clock
    /// of its options.
    /// </para>
    /// <para>
    /// With <c>WebApplicationFactory</c>, call its <c>UseKestrel</c> before it starts, or it replaces the server by <c>TestServer</c>,
    /// which cannot upgrade.
    /// </para>
    /// </remarks>
    public static IWebHostBuilder UseKestrelInMemory(this IWebHostBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.UseKestrelCore();
        return builder.ConfigureServices(static services =>
        {
            services.AddSingleton<InMemoryServer>(static _ => new InMemoryServer());
            // Kestrel asks the one that was registered last first.
            services.AddSingleton<IConnectionListenerFactory>(static services => new InMemoryListenerFactory(services.GetInMemoryServer()));
            services.Configure<KestrelServerOptions>(static kestrel =>
            {
                kestrel.Listen(InMemoryEndPoint.Http1, static listen => listen.Protocols = HttpProtocols.Http1);
                kestrel.Listen(InMemoryEndPoint.Http2, static listen => listen.Protocols = HttpProtocols.Http2);
            });
        });
    }

    /// <summary>Gets the way to the server.</summary>
    /// <param name="services">The application's.</param>
    /// <exception cref="InvalidOperationException"><see cref="UseKestrelInMemory"/> was not called.</exception>
    public static InMemoryServer GetInMemoryServer(this IServiceProvider services) => services.GetRequiredService<InMemoryServer>();
}
