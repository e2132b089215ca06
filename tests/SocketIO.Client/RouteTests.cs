using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using WsProto.Adapters.Tests.Support;
using WsProto.EngineIO;
using WsProto.SocketIO.AspNetCore;

namespace WsProto.SocketIO.Client.Tests;

/// <summary>The ways to a server, on loopback.</summary>
public sealed class RouteTests
{
    public static readonly object[][] Ways = [["polling"], ["websocket"], ["upgrade"]];

    [Theory]
    [MemberData(nameof(Ways))]
    [Trait("Demand", "Q41")]
    public async Task Certificates_and_proxy_count_for_all_transports(string way)
    {
        using TestCertificate certificate = TestCertificate.For("localhost");
        var presented = new ConcurrentQueue<bool>();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(https =>
        {
            https.ServerCertificate = certificate.Certificate;
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.ClientCertificateValidation = (_, _, _) => true;
        })));
        await using WebApplication app = builder.Build();
        app.Use(async (context, next) =>
        {
            presented.Enqueue(context.Connection.ClientCertificate is not null);
            await next();
        });
        app.MapSocketIO("/socket.io", io => io.Main.On("add", async (SocketIOSocket _, int a, int b) => a + b));
        await app.StartAsync();
        using var proxy = new ConnectProxy();
        SslClientAuthenticationOptions tls = certificate.Trusted();
        tls.ClientCertificates = [certificate.Certificate];
        var options = new SocketIOClientOptions
        {
            Tls = tls,
            Proxy = new WebProxy(proxy.Address),
            Connection = new()
            {
                Engine = new()
                {
                    Transports = way switch
                    {
                        "polling" => [EngineIOTransports.Polling],
                        "websocket" => [EngineIOTransports.WebSocket],
                        _ => [EngineIOTransports.Polling, EngineIOTransports.WebSocket],
                    },
                },
            },
        };
        Uri address = new UriBuilder(app.Urls.Single()) { Host = "localhost" }.Uri;
        await using (SocketIOClient io = await SocketIOClient.ConnectAsync(address, options).Soon())
        {
            if (way != "polling")
                await Waiting.Until(() => io.Transport == EngineIOTransports.WebSocket);
            Assert.Equal(3, await io.CallAsync<int>("add", 1, 2).Soon());
        }

        Assert.NotEmpty(presented);
        Assert.DoesNotContain(false, presented);
        Assert.NotEmpty(proxy.Targets);
        Assert.All(proxy.Targets, target => Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"localhost:{address.Port}"), target));

        SocketIOConnectException untrusted = await Assert.ThrowsAsync<SocketIOConnectException>(
            () => SocketIOClient.ConnectAsync(address, options with { Tls = null })).Soon();
        Assert.Equal(EngineIOClientError.Unreachable, untrusted.Failure!.Error);
        Assert.NotNull(untrusted.InnerException);
    }

    /// <summary>A proxy by CONNECT (RFC 9110 §9.3.6), for targets on loopback.</summary>
    private sealed class ConnectProxy : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        internal ConnectProxy()
        {
            _listener.Start();
            _ = AcceptAsync();
        }

        internal Uri Address =>
            new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}"));

        internal ConcurrentQueue<string> Targets { get; } = new();

        public void Dispose() => _listener.Dispose();

        private async Task AcceptAsync()
        {
            while (true)
            {
                TcpClient near;
                try
                {
                    near = await _listener.AcceptTcpClientAsync();
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    return;
                }

                _ = ServeAsync(near);
            }
        }

        private async Task ServeAsync(TcpClient near)
        {
            using TcpClient client = near;
            try
            {
                NetworkStream stream = client.GetStream();
                List<byte> head = [];
                byte[] one = new byte[1];
                while (head.Count < 4 || !head[^4..].SequenceEqual("\r\n\r\n"u8.ToArray()))
                {
                    await stream.ReadExactlyAsync(one);
                    head.Add(one[0]);
                }

                string target = System.Text.Encoding.ASCII.GetString([.. head]).Split(' ')[1];
                Targets.Enqueue(target);
                using var far = new TcpClient();
                await far.ConnectAsync(IPAddress.Loopback, int.Parse(target.Split(':')[1], CultureInfo.InvariantCulture));
                await stream.WriteAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray());
                NetworkStream other = far.GetStream();
                await Task.WhenAny(stream.CopyToAsync(other), other.CopyToAsync(stream));
            }
            catch (IOException)
            {
                // One of them has left.
            }
        }
    }
}
