using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using WsProto.Adapters.Tests.Support;
using WsProto.Adapters.Transports;

namespace WsProto.AspNetCore.Testing.Tests;

/// <summary>A connection in memory behaves as one over a socket does, where it ends, breaks and fills up.</summary>
public class ConnectionTests
{
    private static readonly byte[] _get = Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");

    [Fact]
    public async Task Server_that_is_done_is_read_to_the_end()
    {
        await using App app = await App.StartAsync(app => app.MapGet("/", () => "all of it"));
        await using MemoryTransport client = app.Server.Connect(HttpVersion.Version11);
        await client.WriteAsync("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray());
        string answer = (await ReadToEndAsync(client)).Replace("\r\n0\r\n\r\n", "", StringComparison.Ordinal);
        Assert.EndsWith("all of it", answer, StringComparison.Ordinal);
        await Assert.ThrowsAsync<IOException>(async () => await client.WriteAsync("more"u8.ToArray()));
    }

    [Fact]
    public async Task Server_that_aborts_is_a_reset()
    {
        await using App app = await App.StartAsync(app => app.MapGet("/", (HttpContext context) => context.Abort()));
        await using MemoryTransport client = app.Server.Connect(HttpVersion.Version11);
        await client.WriteAsync(_get);
        await Assert.ThrowsAsync<IOException>(() => ReadToEndAsync(client));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Client_that_leaves_ends_the_request_while_its_handler_works(bool breaks)
    {
        var begun = new TaskCompletionSource();
        var aborted = new TaskCompletionSource();
        await using App app = await App.StartAsync(app => app.MapGet("/", async (HttpContext context) =>
        {
            using CancellationTokenRegistration registration = context.RequestAborted.Register(aborted.SetResult);
            begun.SetResult();
            await aborted.Task;
        }));
        MemoryTransport client = app.Server.Connect(HttpVersion.Version11);
        await client.WriteAsync(_get);
        await begun.Task.Soon();
        if (breaks)
            client.Break();
        else
            await client.DisposeAsync();
        await aborted.Task.Soon();
    }

    [Fact]
    public async Task Client_that_does_not_read_makes_the_server_wait_and_loses_nothing()
    {
        const int size = 8 << 20;
        var sent = new TaskCompletionSource();
        long written = 0;
        await using App app = await App.StartAsync(app => app.MapGet("/", async (HttpContext context) =>
        {
            context.Response.ContentLength = size;
            context.Response.Headers.Connection = "close";
            for (byte[] part = new byte[64 * 1024]; written < size; written += part.Length)
                await context.Response.Body.WriteAsync(part);
            sent.SetResult();
        }));
        long taken = 0;
        var toClient = new MemoryTransportOptions { Tap = bytes => Interlocked.Add(ref taken, bytes.Length) };
        await using MemoryTransport client = app.Server.Connect(HttpVersion.Version11, new(), toClient);
        await client.WriteAsync(_get);
        // As much is held as the connection and Kestrel's pipe have room for.
        await Waiting.Until(() => Interlocked.Read(ref taken) == toClient.Capacity);
        await StandsStillAsync(() => Volatile.Read(ref written));
        Assert.False(sent.Task.IsCompleted);
        Assert.InRange(Volatile.Read(ref written), 0, 1 << 20);
        string all = await ReadToEndAsync(client);
        await sent.Task.Soon();
        Assert.Equal(size, all.Length - all.IndexOf("\r\n\r\n", StringComparison.Ordinal) - 4);
    }

    [Fact]
    public async Task Server_that_does_not_read_makes_the_client_wait()
    {
        var end = new TaskCompletionSource();
        await using App app = await App.StartAsync(app => app.MapPost("/", async (HttpContext _) => await end.Task));
        await using MemoryTransport client = app.Server.Connect(HttpVersion.Version11);
        await client.WriteAsync("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20000000\r\n\r\n"u8.ToArray());
        Task writing = client.WriteAsync(new byte[20_000_000]).AsTask();
        // As much as is held, and no more, as long as nobody reads.
        await Waiting.Until(() => client.BytesUnderWay == 64 * 1024);
        await StandsStillAsync(() => client.BytesWritten);
        Assert.False(writing.IsCompleted);
        Assert.InRange(client.BytesWritten, 64 * 1024, 4 << 20);
        end.SetResult();
        client.Break();
        await Assert.ThrowsAsync<IOException>(() => writing.Soon());
    }

    /// <summary>Kestrel takes the end of what a client writes for the end of the client, over a socket too.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Client_that_ends_its_writes_ends_the_request(bool inMemory)
    {
        var begun = new TaskCompletionSource();
        var aborted = new TaskCompletionSource();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        if (inMemory)
            builder.WebHost.UseKestrelInMemory();
        else
            builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using WebApplication app = builder.Build();
        app.MapGet("/", async (HttpContext context) =>
        {
            using CancellationTokenRegistration registration = context.RequestAborted.Register(aborted.SetResult);
            begun.SetResult();
            await aborted.Task;
        });
        await app.StartAsync();
        if (inMemory)
        {
            await using MemoryTransport client = app.Services.GetInMemoryServer().Connect(HttpVersion.Version11);
            await client.WriteAsync(_get);
            await begun.Task.Soon();
            await client.CompleteWritesAsync();
            await aborted.Task.Soon();
        }
        else
        {
            using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(IPAddress.Loopback, new Uri(app.Urls.First()).Port);
            await client.SendAsync(_get);
            await begun.Task.Soon();
            client.Shutdown(SocketShutdown.Send);
            await aborted.Task.Soon();
        }
    }

    /// <summary>Waits until nothing is added any more: where nobody makes a writer wait, all goes through.</summary>
    private static async Task StandsStillAsync(Func<long> count)
    {
        long before = -1;
        while (before != count())
        {
            before = count();
            for (int i = 0; i < 2000; i++)
                await Task.Yield();
        }
    }

    private static async Task<string> ReadToEndAsync(MemoryTransport client)
    {
        var all = new StringBuilder();
        byte[] buffer = new byte[100_000];
        while (await client.ReadAsync(buffer).Soon() is > 0 and int count)
            all.Append(Encoding.ASCII.GetString(buffer, 0, count));
        return all.ToString();
    }
}
