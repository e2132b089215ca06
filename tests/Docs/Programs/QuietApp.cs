using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using WsProto.AspNetCore.Testing;

namespace WsProto.Docs.Programs;

/// <summary>Where the applications of pages begin that show no builder: their console is for what the page says.</summary>
internal static class QuietApp
{
    /// <summary>On a free port of loopback.</summary>
    internal static WebApplicationBuilder OnLoopback()
    {
        WebApplicationBuilder builder = Create();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        return builder;
    }

    internal static WebApplicationBuilder InMemory()
    {
        WebApplicationBuilder builder = Create();
        builder.WebHost.UseKestrelInMemory();
        return builder;
    }

    private static WebApplicationBuilder Create()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        return builder;
    }
}
