using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WsProto;
using WsProto.Adapters;
using WsProto.AspNetCore;

namespace AspNetChat;

/// <summary>The application: its page, and one route for WebSockets.</summary>
public static class ChatApp
{
    private const int MaxNameLength = 24;

    /// <summary>What the page sends at the most: a picture of 256 KiB and its head.</summary>
    private const int MaxMessageSize = 257 * 1024;

    /// <summary>Makes the application, with one address for HTTP/1.1 and one for HTTP/2 with TLS, both on loopback.</summary>
    public static WebApplication Build(params string[] args)
    {
        WebApplicationBuilder builder =
            WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        // A name of a stranger that leads to this machine ("DNS rebinding") is refused; see OriginPolicy.SameOrigin.
        builder.Configuration["AllowedHosts"] = "localhost;127.0.0.1";
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(
                IPAddress.Loopback, builder.Configuration.GetValue("http", 5080), listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(
                IPAddress.Loopback, builder.Configuration.GetValue("https", 5443), listen => listen.UseHttps(LoopbackCertificate.Create()));
        });
        builder.Services.AddSingleton(new Rooms(TimeProvider.System));
        builder.Services.AddWsProto(options =>
        {
            options.MaxSessions = 500;
            // Without history a message is compressed once for the whole room.
            options.Extensions.Add(new PerMessageDeflate { ServerNoContextTakeover = true });
            // A member that does not keep up is disconnected, so that nobody waits for it. Its page comes back and asks for what it missed.
            options.Session = new WsSessionOptions
            {
                Connection = new WsConnectionOptions { MaxMessageSize = MaxMessageSize },
                SendOverflow = SendOverflow.Close,
                MaxSendBacklog = 2 * Room.MaxHistoryBytes,
            };
        });

        WebApplication app = builder.Build();
        app.Use((context, next) =>
        {
            context.Response.Headers.ContentSecurityPolicy = "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'";
            context.Response.Headers.XContentTypeOptions = "nosniff";
            return next(context);
        });
        app.UseDefaultFiles();
        app.UseStaticFiles();
        app.MapWebSocket("/chat/{room}", ServeAsync).AddEndpointFilter(CheckNamesAsync);
        return app;
    }

    /// <summary>Runs before the connection is accepted, so a refusal is an answer of HTTP.</summary>
    private static ValueTask<object?> CheckNamesAsync(EndpointFilterInvocationContext call, EndpointFilterDelegate next) =>
        IsName(call.GetArgument<string>(1)) && IsName(call.GetArgument<string>(2))
            ? next(call)
            : new(Results.Text($"A room and a name have 1 to {MaxNameLength} characters.\n", statusCode: StatusCodes.Status400BadRequest));

    private static bool IsName(string name) =>
        name.Length <= MaxNameLength && !string.IsNullOrWhiteSpace(name) && !name.Any(c => char.IsControl(c) || char.IsSurrogate(c));

    /// <summary>
    /// One member, from coming to leaving. Of <paramref name="epoch"/> and <paramref name="since"/> see <see cref="Room.JoinAsync"/>.
    /// </summary>
    private static async Task ServeAsync(
        WsSession session, string room, string name, string? epoch, long? since, HttpContext http, Rooms rooms, CancellationToken stop)
    {
        Room joined = rooms.Enter(room, session, name);
        try
        {
            await joined.JoinAsync(session, http.Request.Protocol, epoch, since ?? 0);
            await foreach (Message message in session.ReadAllAsync(stop))
                await joined.TakeAsync(session, ChatFormat.Read(message));
        }
        catch (JsonException)
        {
            await session.CloseAsync(CloseCode.PolicyViolation, "This is no message of the chat.", stop);
        }
        finally
        {
            await rooms.LeaveAsync(room, joined, session);
        }
    }
}
