using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using WsProto.Adapters.Tests.Support;
using WsProto.SocketIO.AspNetCore.Testing;
using WsProto.SocketIO.AspNetCore.Tests.Support;

namespace WsProto.SocketIO.AspNetCore.Tests;

/// <summary>What stands beside the route: health, and the scripts of the client.</summary>
public sealed class ServerTests
{
    [Fact]
    public async Task Health_tells_whether_clients_are_taken()
    {
        await using App app = await App.StartAsync(
            app => app.MapSocketIO("/socket.io", _ => { }),
            services => services
                .AddSocketIO(new() { Engine = new() { Server = new() { MaxSessions = 2 } } })
                .AddHealthChecks().AddSocketIO(tags: ["realtime"]));
        SocketIOServer server = app.Services.GetRequiredService<SocketIOServer>();
        Assert.Equal((HealthStatus.Healthy, 0, 2), await HealthAsync(app));

        await using SocketIOTestClient one = await app.Server.ConnectSocketIOAsync().Soon();
        Assert.Equal((HealthStatus.Healthy, 1, 2), await HealthAsync(app));
        SocketIOTestClient two = await app.Server.ConnectSocketIOAsync().Soon();
        Assert.Equal((HealthStatus.Degraded, 2, 2), await HealthAsync(app));
        Assert.Equal(2, server.SessionCount);
        await two.DisposeAsync();
        await Waiting.Until(() => server.SessionCount == 1);
        Assert.Equal((HealthStatus.Healthy, 1, 2), await HealthAsync(app));

        await app.StopAsync().Soon();
        Assert.Equal((HealthStatus.Unhealthy, 0, 2), await HealthAsync(app));
    }

    [Fact]
    public async Task Server_that_is_not_mapped_is_not_healthy()
    {
        await using App app = await App.StartAsync(_ => { }, services => services.AddSocketIO().AddHealthChecks().AddSocketIO("chat"));
        HealthReport report = await app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync().Soon();
        Assert.Equal((HealthStatus.Unhealthy, "The server is not mapped."), (report.Status, report.Entries["chat"].Description));
        Assert.Equal(0, app.Services.GetRequiredService<SocketIOServer>().SessionCount);
    }

    [Fact]
    public async Task Health_without_a_server_says_what_is_missing()
    {
        await using App app = await App.StartAsync(_ => { }, services => services.AddHealthChecks().AddSocketIO());
        HealthReport report = await app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync().Soon();
        Assert.Equal(
            (HealthStatus.Unhealthy, "No Socket.IO server is registered: call AddSocketIO."),
            (report.Status, report.Entries["socketio"].Description));
    }

    [Fact]
    public async Task Scripts_have_the_conventions_of_their_route()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("wsproto");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "socket.io.js"), "one");
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "socket.io{x}.js"), "braces");
            await using App app = await App.StartAsync(app =>
            {
                foreach (string host in (string[])["a.example", "b.example"])
                    app.MapSocketIO("/socket.io", _ => { }, new() { ClientScripts = folder.FullName }).RequireHost(host);
            });
            Assert.Equal((HttpStatusCode.OK, "one"), await app.SendAsync(HttpMethod.Get, "/socket.io/socket.io.js", ("Host", "a.example")));
            Assert.Equal((HttpStatusCode.OK, "one"), await app.SendAsync(HttpMethod.Get, "/socket.io/socket.io.js", ("Host", "b.example")));
            Assert.Equal(
                (HttpStatusCode.OK, "braces"),
                await app.SendAsync(HttpMethod.Get, "/socket.io/socket.io%7Bx%7D.js", ("Host", "b.example")));
            foreach ((string name, string host) in (IEnumerable<(string, string)>)
            [
                ("socket.io.js", "c.example"), ("socket.ioX.js", "a.example"),
            ])
                Assert.Equal(HttpStatusCode.NotFound, (await app.SendAsync(HttpMethod.Get, $"/socket.io/{name}", ("Host", host))).Status);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Script_that_was_replaced_behind_a_link_is_new()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("wsproto");
        try
        {
            string target = Path.Combine(folder.FullName, "target");
            await File.WriteAllTextAsync(target, "one");
            DateTime time = File.GetLastWriteTimeUtc(target);
            File.CreateSymbolicLink(Path.Combine(folder.FullName, "socket.io.js"), target);
            await using App app = await App.StartAsync(
                app => app.MapSocketIO("/socket.io", _ => { }, new() { ClientScripts = folder.FullName }));
            using HttpResponseMessage first = await app.Client.GetAsync(new Uri("/socket.io/socket.io.js", UriKind.Relative)).Soon();
            await File.WriteAllTextAsync(target, "two");
            File.SetLastWriteTimeUtc(target, time);
            Assert.Equal(
                (HttpStatusCode.OK, "two"),
                await app.SendAsync(HttpMethod.Get, "/socket.io/socket.io.js", ("If-None-Match", first.Headers.ETag!.ToString())));
            File.Delete(target);
            Assert.Equal(HttpStatusCode.NotFound, (await app.SendAsync(HttpMethod.Get, "/socket.io/socket.io.js")).Status);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Scripts_of_a_folder_are_served_beside_the_route()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("wsproto");
        try
        {
            foreach (string name in (string[])["socket.io.min.js", "socket.io.min.js.map", "socket.io.txt", "secret.js"])
                await File.WriteAllTextAsync(Path.Combine(folder.FullName, name), name);
            await using App app = await App.StartAsync(
                app => app.MapSocketIO("/socket.io", _ => { }, new() { ClientScripts = folder.FullName }));

            using HttpResponseMessage script = await app.Client.GetAsync(new Uri("/socket.io/socket.io.min.js", UriKind.Relative)).Soon();
            Assert.Equal(
                (HttpStatusCode.OK, "text/javascript; charset=utf-8", "socket.io.min.js"),
                (script.StatusCode, script.Content.Headers.ContentType!.ToString(), await script.Content.ReadAsStringAsync()));
            using var again = new HttpRequestMessage(HttpMethod.Get, "/socket.io/socket.io.min.js");
            again.Headers.IfNoneMatch.Add(script.Headers.ETag!);
            using HttpResponseMessage unchanged = await app.Client.SendAsync(again).Soon();
            Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);

            Assert.Equal(
                (HttpStatusCode.OK, "socket.io.min.js.map"),
                await app.SendAsync(HttpMethod.Get, "/socket.io/socket.io.min.js.map"));
            Assert.Equal((HttpStatusCode.OK, ""), await app.SendAsync(HttpMethod.Head, "/socket.io/socket.io.min.js"));
            foreach (string name in (string[])["socket.io.txt", "secret.js", "..%2fsecret.js", "socket.io.js"])
                Assert.Equal(HttpStatusCode.NotFound, (await app.SendAsync(HttpMethod.Get, "/socket.io/" + name)).Status);

            // The route itself is where it was, and a script that is gone is gone.
            await app.OpenAsync("/socket.io");
            File.Delete(Path.Combine(folder.FullName, "socket.io.min.js"));
            Assert.Equal(HttpStatusCode.NotFound, (await app.SendAsync(HttpMethod.Get, "/socket.io/socket.io.min.js")).Status);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Folder_without_scripts_is_told_at_the_start()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("wsproto");
        try
        {
            await Assert.ThrowsAsync<FileNotFoundException>(() => App.StartAsync(
                app => app.MapSocketIO("/socket.io", _ => { }, new() { ClientScripts = folder.FullName })));
        }
        finally
        {
            folder.Delete();
        }

        await Assert.ThrowsAsync<DirectoryNotFoundException>(() => App.StartAsync(
            app => app.MapSocketIO("/socket.io", _ => { }, new() { ClientScripts = folder.FullName })));
    }

    private static async Task<(HealthStatus Status, int Sessions, int MaxSessions)> HealthAsync(App app)
    {
        HealthReport report = await app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync().Soon();
        HealthReportEntry entry = report.Entries["socketio"];
        return (entry.Status, (int)entry.Data["sessions"], (int)entry.Data["maxSessions"]);
    }
}
