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

    /// <summary>The arguments of a program that is shown whole, from CreateBuilder to Run: a free port of loopback, and no log.</summary>
    internal static string[] Arguments { get; } =
        ["--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=None", "--hostBuilder:reloadConfigOnChange=false"];

    /// <summary>Talks to such a program when it listens, and then stops it.</summary>
    internal static async Task TalkAsync(WebApplication app, Func<string, Task> talkAsync)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        app.Lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task;
        try
        {
            await talkAsync(app.Urls.First());
        }
        finally
        {
            app.Lifetime.StopApplication();
        }
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
