using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;
using WsProto.Cli.Tests.Captures;
using WsProto.Conformance.Tests;
using WsProto.Extensions;

namespace WsProto.Cli.Tests;

/// <summary>The options that verbs share: each means the same on every verb that has it, and reaches the server.</summary>
public sealed class ServerOptionsTests : IDisposable
{
    private static readonly string[] _clients = ["connect", "bench", "fuzz", "replay"];

    private static readonly Dictionary<string, string> _verbs = new()
    {
        ["--header"] = "connect bench fuzz replay",
        ["--origin"] = "connect bench fuzz replay",
        ["--auth"] = "connect bench fuzz replay",
        ["--subprotocol"] = "connect bench fuzz",
        ["--deflate"] = "connect bench fuzz",
        ["--insecure"] = "connect proxy replay bench fuzz",
        ["--ca"] = "connect proxy replay bench fuzz",
        ["--cert"] = "connect proxy replay bench fuzz",
        ["--unix"] = "connect replay bench fuzz",
        ["--proxy"] = "connect replay bench",
        ["--http2"] = "connect replay bench",
    };

    private readonly CancellationTokenSource _guard = new(TimeSpan.FromSeconds(60));
    private readonly string _folder = Directory.CreateTempSubdirectory("wsproto").FullName;

    public void Dispose()
    {
        _guard.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Option_is_the_same_on_every_verb_that_has_it()
    {
        var terminal = new Terminal(TextWriter.Null, TextWriter.Null, IsInteractive: false, HasColor: false, 80);
        string[] others = ["conform", "listen", "decode", "encode", "completion"];
        Command[] verbs = [.. CommandLine.Root(terminal).Subcommands.Where(verb => !others.Contains(verb.Name))];
        foreach ((string name, string expected) in _verbs)
        {
            Option[] options = [.. verbs.SelectMany(verb => verb.Options).Where(option => option.Name == name)];
            Assert.Equal(
                expected.Split(' ').Order(),
                verbs.Where(verb => verb.Options.Any(option => option.Name == name)).Select(verb => verb.Name).Order());
            Assert.Single(
                options.Select(option => (option.GetType(), option.Description, option.HelpName, string.Join(' ', option.Aliases)))
                    .Distinct());
        }
    }

    public static TheoryData<string, string[], string, string> Requests
    {
        get
        {
            var data = new TheoryData<string, string[], string, string>();
            foreach (string verb in _clients)
            {
                data.Add(verb, ["-H", "X-A: 1", "-H", "X-A: 2"], "X-A", "1|2");
                data.Add(verb, ["--origin", "https://o.example"], "Origin", "https://o.example");
                data.Add(verb, ["--auth", "me:secret"], "Authorization", "Basic bWU6c2VjcmV0");
                if (verb == "replay")
                    continue;
                data.Add(verb, ["--subprotocol", "a", "--subprotocol", "b"], "Subprotocols", "a|b");
                data.Add(verb, [], "Extensions", "");
                data.Add(verb, ["--deflate"], "Extensions", "permessage-deflate; client_max_window_bits");
                data.Add(
                    verb,
                    ["--deflate=server_no_context_takeover,client_no_context_takeover,server_max_window_bits=10,client_max_window_bits=12"],
                    "Extensions",
                    "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
                        + "server_max_window_bits=10; client_max_window_bits=12");
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Option_reaches_the_request(string verb, string[] options, string field, string expected)
    {
        Request? seen = null;
        await using var server = new EchoServer(Noting(request => seen = request));
        // An option without a value stands before the address as well as behind it.
        Assert.Equal(0, (await RunAsync(verb, server.Address.ToString(), options)).Code);
        IEnumerable<string> values = field switch
        {
            "Subprotocols" => seen!.Subprotocols,
            "Extensions" => seen!.ExtensionOffers.Select(offer => offer.ToString()),
            _ => seen!.ExtraHeaders.GetValues(field),
        };
        Assert.Equal(expected, string.Join('|', values));
    }

    public static TheoryData<string> Clients => new(_clients);

    [Theory]
    [MemberData(nameof(Clients))]
    [InlineData("proxy")]
    [SuppressMessage("Security", "CA5359", Justification = "The test looks at what is presented.")]
    public async Task Certificates_are_those_that_the_user_wants(string verb)
    {
        using TestCertificate certificate = TestCertificate.For("127.0.0.1");
        using TestCertificate other = TestCertificate.For("127.0.0.1");
        using TestCertificate own = TestCertificate.For("client");
        string authorities = Path.Combine(_folder, "authorities.pem");
        await File.WriteAllTextAsync(authorities, certificate.Authority.ExportCertificatePem(), _guard.Token);
        string strangers = Path.Combine(_folder, "strangers.pem");
        await File.WriteAllTextAsync(strangers, other.Authority.ExportCertificatePem(), _guard.Token);
        (string ownFile, string key) = own.WriteTo(_folder);
        await File.AppendAllTextAsync(ownFile, "\n" + await File.ReadAllTextAsync(key, _guard.Token), _guard.Token);
        string? shown = null;
        await using var listener = new WsListener(new IPEndPoint(IPAddress.Loopback, 0), new WsListenerOptions
        {
            Accept = Noting(_ => { }),
            Tls = new SslServerAuthenticationOptions
            {
                ServerCertificate = certificate.Certificate,
                ClientCertificateRequired = true,
                RemoteCertificateValidationCallback = (_, presented, _, _) =>
                {
                    shown = presented?.Subject;
                    return true;
                },
            },
        });
        listener.Start();
        Task serving = listener.RunAsync(EchoAsync, _guard.Token);
        string address = $"wss://{listener.LocalEndPoint}/";
        Assert.Equal(3, (await RunAsync(verb, address)).Code);
        Assert.Equal(3, (await RunAsync(verb, address, "--ca", strangers)).Code);
        Assert.Equal(0, (await RunAsync(verb, address, "-k")).Code);
        Assert.Null(shown);
        Assert.Equal(0, (await RunAsync(verb, address, "--ca", authorities, "--cert", ownFile)).Code);
        Assert.Equal(own.Certificate.Subject, shown);
        Assert.Equal(4, (await RunAsync(verb, address, "--cert", "/none")).Code);
        Assert.Equal(4, (await RunAsync(verb, address, "--ca", "/none")).Code);
        await listener.DisposeAsync();
        await serving;
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Unix_socket_is_a_way_to_the_server(string verb)
    {
        string path = Path.Combine(_folder, "socket");
        await using var server = new EchoServer(place: new UnixDomainSocketEndPoint(path));
        Assert.Equal(0, (await RunAsync(verb, "ws://localhost/", "--unix", path)).Code);
        Assert.Equal(3, (await RunAsync(verb, "ws://localhost/", "--unix", path + ".none")).Code);
    }

    [Theory]
    [InlineData("connect")]
    [InlineData("bench")]
    [InlineData("replay")]
    [SuppressMessage("Reliability", "CA2025", Justification = "The end of either side ends it.")]
    public async Task Proxy_is_a_way_to_the_server(string verb)
    {
        await using var server = new EchoServer(Noting(_ => { }));
        using var proxy = new RawServer();
        Task<string> tunnelling = TunnelAsync(proxy, server.Address);
        Assert.Equal(
            0,
            (await RunAsync(verb, "ws://far.example/", "--proxy", proxy.Address.Replace("ws:", "http:", StringComparison.Ordinal))).Code);
        Assert.StartsWith("CONNECT far.example:80 HTTP/1.1\r\n", await tunnelling, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task What_cannot_be_sent_makes_no_sense(string verb)
    {
        Tool tool = await RunAsync(verb, "ws://127.0.0.1:1/", "-H", "Sec-WebSocket-Key: mine");
        Assert.Equal(2, tool.Code);
        Assert.StartsWith("wsproto: ", tool.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync(verb, "ws://127.0.0.1:1/", "-H", "no field")).Code);
        Assert.Equal(2, (await RunAsync(verb, "ws://")).Code);
        if (verb == "replay")
            return;
        Assert.Equal(2, (await RunAsync(verb, "ws://127.0.0.1:1/", "--subprotocol", "no token")).Code);
        foreach (string parameters in new[]
        {
            "nope", "server_max_window_bits", "server_max_window_bits=8", "client_no_context_takeover=1",
        })
        {
            Tool refused = await RunAsync(verb, "ws://127.0.0.1:1/", "--deflate=" + parameters);
            Assert.Equal(2, refused.Code);
            Assert.StartsWith($"wsproto: {parameters} is no parameter of compression: ", refused.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("--unix goes with neither --proxy nor --http2.", "--unix", "/x", "--http2")]
    [InlineData("--unix goes with neither --proxy nor --http2.", "--unix", "/x", "--proxy", "http://x")]
    [InlineData("ftp://x is no proxy: http://, https:// or socks5://.", "--proxy", "ftp://x")]
    public async Task Ways_that_exclude_each_other__are_said_to(string message, params string[] options)
    {
        foreach (string verb in new[] { "connect", "bench", "replay" })
        {
            Tool tool = await RunAsync(verb, "ws://x/", options);
            Assert.Equal((2, $"wsproto: {message}\n"), (tool.Code, tool.Error));
        }
    }

    /// <summary>A short run of a verb against a server.</summary>
    private async Task<Tool> RunAsync(string verb, string address, params string[] options)
    {
        switch (verb)
        {
            case "connect":
                return await Tool.PipeAsync("x\n", ["connect", .. options, address, "-n", "1"]);
            case "bench":
                return await Tool.RunAsync(
                    ["bench", .. options, address, "--connections", "1", "--rate", "1", "--duration", "1ms", "--max-errors", "0"]);
            case "fuzz":
                return await Tool.RunAsync(["fuzz", .. options, address, "--cases", "1"]);
            case "replay":
                return await Tool.RunAsync(["replay", .. options, await RecordingAsync(), address, "--step"]);
        }

        // A file that is not there ends it before it listens.
        if (options.Contains("/none"))
            return await Tool.RunAsync(["proxy", "0", address, .. options]);
        await using Listening proxy = await Listening.StartVerbAsync(["proxy", "0", address, "-q", .. options]);
        return await Tool.PipeAsync("x\n", "connect", proxy.Address, "-n", "1");
    }

    /// <summary>A recording of a client that sends a message, and of the echo.</summary>
    private async Task<string> RecordingAsync()
    {
        string file = Path.Combine(_folder, "recording.pcap");
        await File.WriteAllBytesAsync(file, Recording.OfEcho("x"), _guard.Token);
        return file;
    }

    private static WsAcceptOptions Noting(Action<Request> note) => new()
    {
        Origins = OriginPolicy.Any,
        OnRequest = (context, _) =>
        {
            note(context.Request);
            return new(WsResponse.Accept());
        },
    };

    private static async Task EchoAsync(WsSession session, CancellationToken guard)
    {
        await foreach (Message message in session.ReadAllAsync(CancellationToken.None))
            await session.SendAsync(message, CancellationToken.None);
    }

    /// <summary>A proxy that leads every tunnel to one server.</summary>
    /// <returns>What it was asked.</returns>
    [SuppressMessage("Reliability", "CA2025", Justification = "The end of either side ends it.")]
    private async Task<string> TunnelAsync(RawServer proxy, Uri server)
    {
        await using NetworkStream near = await proxy.AcceptAsync(_guard.Token);
        var head = new StringBuilder();
        byte[] octet = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await near.ReadAsync(octet, _guard.Token) > 0)
            head.Append((char)octet[0]);
        await using NetworkStream far = await RawServer.ConnectAsync(server.ToString(), _guard.Token);
        await near.WriteAsync("HTTP/1.1 200 Connected\r\n\r\n"u8.ToArray(), _guard.Token);
        Task there = near.CopyToAsync(far, _guard.Token);
        await far.CopyToAsync(near, _guard.Token);
        near.Socket.Shutdown(SocketShutdown.Send);
        await there;
        return head.ToString();
    }
}
