using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;
using WsProto.Cli.Connect;
using WsProto.Conformance.Tests;

namespace WsProto.Cli.Tests;

/// <summary>The verb <c>connect</c>.</summary>
public sealed class ConnectTests
{
    [Fact]
    [Trait("Demand", "L18")]
    public async Task Line_in_is_a_text_message_and_a_message_is_a_line_out()
    {
        await using var server = new EchoServer(handler: async (session, _) =>
        {
            await foreach (Message message in session.ReadAllAsync(CancellationToken.None))
                await session.SendTextAsync($"{message.GetType().Name} {((TextMessage)message).Data}", CancellationToken.None);
        });
        Tool tool = await Tool.PipeAsync("one\n\n/close\nlast", "connect", server.Address.ToString(), "-n", "4");
        Assert.Equal((0, "TextMessage one\nTextMessage \nTextMessage /close\nTextMessage last\n"), (tool.Code, tool.Payloads));
        Assert.Matches(@"^\+\d+\.\d{3} open\n$", tool.Error);
    }

    [Fact]
    [Trait("Demand", "L08")]
    public async Task End_of_input_does_not_lose_an_answer_that_comes_later()
    {
        var input = new OpenInput("ask\n");
        var asked = new TaskCompletionSource();
        await using var server = new EchoServer(handler: async (session, _) =>
        {
            await session.ReceiveAsync(CancellationToken.None);
            asked.SetResult();
            // The other end has nothing more to send, and we have.
            while (input.Position < input.Length)
                await Task.Yield();
            await session.SendTextAsync("answer", CancellationToken.None);
            await session.CloseAsync(CloseCode.NormalClosure, "done", CancellationToken.None);
        });
        Task<Tool> running = Tool.RunAsync(Tool.Pipe(input), "connect", server.Address.ToString());
        await asked.Task;
        input.End();
        Tool tool = await running;
        Assert.Equal((0, "answer\n"), (tool.Code, tool.Payloads));
        Assert.Contains(" closed 1000 done (Peer)\n", tool.Error, StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Demand", "L09")]
    [InlineData(CloseCode.NormalClosure, 0)]
    [InlineData(CloseCode.GoingAway, 0)]
    [InlineData((CloseCode)4000, 1)]
    [InlineData(CloseCode.InternalError, 1)]
    public async Task End_of_the_connection_ends_the_program_while_input_is_open(CloseCode code, int expected)
    {
        await using var server = new EchoServer(
            handler: async (session, _) => await session.CloseAsync(code, "enough", CancellationToken.None));
        var input = new OpenInput("");
        Tool tool = await Tool.RunAsync(Tool.Pipe(input), "connect", server.Address.ToString());
        Assert.Equal(expected, tool.Code);
        Assert.Contains($" closed {(int)code} enough (Peer)\n", tool.Error, StringComparison.Ordinal);
        input.End();
    }

    [Theory]
    [Trait("Demand", "L10")]
    [InlineData("1\n2\n", 0, "-n", "2")]
    [InlineData("1\n2\n3\n", 0, "--until", "3")]
    [InlineData("1\n2\n3\n", 7, "--until", "4")]
    [InlineData("1\n2\n3\n", 7, "-n", "4")]
    [InlineData("1\n2\n3\n", 0)]
    public async Task Messages_are_counted_or_looked_at_for_the_end(string payloads, int code, params string[] options)
    {
        await using var server = new EchoServer(handler: async (session, _) =>
        {
            foreach (string text in new[] { "1", "2", "3" })
                await session.SendTextAsync(text, CancellationToken.None);
            await session.CloseAsync(CloseCode.NormalClosure, null, CancellationToken.None);
        });
        Tool tool = await Tool.PipeAsync("", ["connect", server.Address.ToString(), .. options]);
        Assert.Equal((code, payloads), (tool.Code, tool.Payloads));
    }

    [Theory]
    [InlineData(6, "--timeout", "1m")]
    [InlineData(0, "--wait", "1m")]
    [InlineData(7, "--wait", "1m", "-n", "3")]
    public async Task Time_ends_it_when_the_user_wants(int code, params string[] options)
    {
        await using var server = new EchoServer();
        var clock = new NotingTime(TimeSpan.FromMinutes(1));
        Task<Tool> running =
            Tool.RunAsync(Tool.Pipe(new MemoryStream()) with { Clock = clock }, ["connect", server.Address.ToString(), .. options]);
        await clock.IsSet;
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(code, (await running).Code);
    }

    [Fact]
    [Trait("Demand", "L16")]
    public async Task Message_is_sent_each_so_many_seconds()
    {
        var clock = new FakeTimeProvider();
        await using var server = new EchoServer(handler: async (session, _) =>
        {
            Assert.Equal(new TextMessage("go"), await session.ReceiveAsync(CancellationToken.None));
            for (int i = 0; i < 3; i++)
            {
                // The timer runs since before the first line was sent.
                clock.Advance(TimeSpan.FromSeconds(30));
                Assert.Equal(new TextMessage("beat"), await session.ReceiveAsync(CancellationToken.None));
            }

            await session.CloseAsync(CloseCode.NormalClosure, null, CancellationToken.None);
        });
        Tool tool = await Tool.RunAsync(
            Tool.Pipe(new MemoryStream("go"u8.ToArray())) with { Clock = clock },
            "connect",
            server.Address.ToString(),
            "--every",
            "30s=beat",
            "--stats");
        Assert.Equal(0, tool.Code);
        Assert.Contains("sent 4 messages of 14 bytes, received 0 of 0\n", tool.Error, StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Demand", "L11")]
    [InlineData(401, "Who are you?")]
    [InlineData(402, "{\"error\":\"pay\"}")]
    [InlineData(429, "{\"retry\":5}")]
    public async Task Refusal_is_shown_with_status_and_body(int status, string body)
    {
        await using var server = new EchoServer(
            new WsAcceptOptions { OnRequest = (_, _) => new(WsResponse.Reject(status, body, [("X-Why", "b\u00e4d")])) });
        Tool tool = await Tool.PipeAsync("", "connect", server.Address.ToString());
        Assert.Equal((5, "", $"refused with {status}\n{body}\n"), (tool.Code, tool.Payloads, tool.Error));
        Tool verbose = await Tool.PipeAsync("", "connect", server.Address.ToString(), "-v");
        Assert.Contains("X-Why: ", verbose.Error, StringComparison.Ordinal);
        Tool json = await Tool.PipeAsync("", "connect", server.Address.ToString(), "--json");
        Assert.Equal(status, JsonDocument.Parse(json.Payloads).RootElement.GetProperty("status").GetInt32());
    }

    [Fact]
    [Trait("Demand", "L11")]
    public async Task Web_page_instead_of_a_WebSocket_is_shown()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        Task serving = Task.Run(async () =>
        {
            using TcpClient client = await listener.AcceptTcpClientAsync();
            NetworkStream stream = client.GetStream();
            await stream.ReadAtLeastAsync(new byte[1000], 1);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"u8.ToArray());
        });
        Tool tool = await Tool.PipeAsync("", "connect", $"ws://{listener.LocalEndpoint}/");
        Assert.Equal((5, "refused with 200\nhello\n"), (tool.Code, tool.Error));
        await serving;
    }

    [Fact]
    [Trait("Demand", "L12")]
    public async Task Octets_out_are_octets_in()
    {
        await using var server = new EchoServer();
        byte[] all = [.. Enumerable.Range(0, 256).Select(value => (byte)value), .. "\n\r\n"u8];
        Tool binary = await Tool.PipeAsync(all, "connect", server.Address.ToString(), "--binary", "-n", "1");
        Assert.Equal(all, binary.Octets);
        Tool hex = await Tool.PipeAsync("00 ff0A\n\n", "connect", server.Address.ToString(), "--hex", "-n", "2");
        Assert.Equal("00ff0a\n\n", hex.Payloads);
        Tool base64 = await Tool.PipeAsync("AP8K\n", "connect", server.Address.ToString(), "--base64", "-n", "1");
        Assert.Equal("AP8K\n", base64.Payloads);
        Tool text = await Tool.PipeAsync("a\r\n", "connect", server.Address.ToString(), "-n", "1");
        Assert.Equal("a\r\n", text.Payloads);
    }

    [Theory]
    [Trait("Demand", "L12")]
    [InlineData("0g\n", "A line of input is not hexadecimal.", "--hex")]
    [InlineData("0\n", "A line of input is not hexadecimal.", "--hex")]
    [InlineData("A\n", "A line of input is no base64.", "--base64")]
    public async Task Input_that_is_none_of_the_format_ends_it(string input, string message, string option)
    {
        await using var server = new EchoServer();
        Tool tool = await Tool.PipeAsync(input, "connect", server.Address.ToString(), option);
        Assert.Equal((2, true), (tool.Code, tool.Error.EndsWith($"wsproto: {message}\n", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Text_and_binary_messages_are_told_apart_for_people()
    {
        await using var server = new EchoServer(handler: async (session, _) =>
        {
            await session.SendTextAsync("a\e[31m\nb", CancellationToken.None);
            await session.SendBytesAsync(new byte[] { 0, 255 }, CancellationToken.None);
            await session.CloseAsync(CloseCode.NormalClosure, null, CancellationToken.None);
        });
        using var shown = new MemoryStream();
        Terminal terminal = Tool.Pipe(new MemoryStream()) with { IsInteractive = true, Payloads = shown };
        await Tool.RunAsync(terminal, "connect", server.Address.ToString());
        Assert.Equal("< a\\x1b[31m\nb\n< binary, 2 bytes: 00ff\n", Encoding.UTF8.GetString(shown.ToArray()));
    }

    /// <summary>A character of three octets at each place around a border of what is read at a time.</summary>
    [Fact]
    [Trait("Demand", "L14")]
    public async Task Line_is_one_message_at_any_length_and_is_never_cut_inside_a_character()
    {
        await using var server = new EchoServer();
        string[] lines = [.. Enumerable.Range(0, 4).Select(shift => new string('x', 65_533 + shift) + "€" + new string('y', 100_000))];
        Tool tool = await Tool.PipeAsync(string.Join('\n', lines), "connect", server.Address.ToString(), "-n", "4");
        Assert.Equal(0, tool.Code);
        Assert.Equal(lines, tool.Payloads.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Tool wrong = await Tool.PipeAsync([0xC3, (byte)'\n'], "connect", server.Address.ToString());
        Assert.Equal(2, wrong.Code);
    }

    [Fact]
    [Trait("Demand", "L15")]
    public async Task Control_frames_are_sent_by_commands_and_seen_on_standard_error_alone()
    {
        await using var server = new EchoServer();
        string file = Path.GetTempFileName();
        await File.WriteAllBytesAsync(file, [1, 2, 3]);
        Tool tool = await Tool.PipeAsync(
            $"/ping hey\n//text\n/what\n/close x\n/file {file}\n/file /none\n/close 4000 why\n", "connect", server.Address.ToString(),
            "--commands", "-v");
        File.Delete(file);
        Assert.Equal(1, tool.Code);
        Assert.StartsWith("/text\n", tool.Payloads, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], tool.Octets[6..]);
        string[] events = [.. tool.Error.Split('\n').Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..])];
        Assert.Contains("sent ping 686579", events);
        Assert.Contains("received pong 686579", events);
        Assert.Contains("sent close 4000 why", events);
        Assert.Contains("x is no code of a Close.", tool.Error, StringComparison.Ordinal);
        Assert.Contains("The commands are /ping TEXT", tool.Error, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Demand", "L17")]
    public async Task Times_and_counts_are_told_at_the_end()
    {
        await using var server = new EchoServer();
        Tool text = await Tool.PipeAsync("ab\n", "connect", server.Address.ToString(), "-n", "1", "--stats");
        Assert.Matches(
            @"name \d\.\d{3} s, connect \d\.\d{3} s, tls none, open \d\.\d{3} s, first message \d\.\d{3} s, end \d\.\d{3} s; "
                + @"sent 1 messages of 2 bytes, received 1 of 2\n$",
            text.Error);
        Tool json = await Tool.PipeAsync("ab\n", "connect", server.Address.ToString(), "-n", "1", "--stats", "--json");
        JsonElement[] events =
        [
            .. json.Payloads.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement),
        ];
        Assert.Equal(["open", "message", "stats"], events.Select(one => one.GetProperty("event").GetString()));
        Assert.Equal(("text", "ab", 2), (events[1].GetProperty("kind").GetString(),
            events[1].GetProperty("text").GetString(),
            events[1].GetProperty("bytes").GetInt32()));
        Assert.Equal((JsonValueKind.Null, 2), (events[2].GetProperty("tls").ValueKind, events[2].GetProperty("receivedBytes").GetInt32()));
        Assert.Equal("", json.Error);
    }

    [Fact]
    public async Task Request_has_what_the_user_wants_in_it()
    {
        Request? seen = null;
        var options = new WsAcceptOptions
        {
            Subprotocols = ["b"],
            Extensions = [new PerMessageDeflate()],
            Origins = OriginPolicy.Any,
            OnRequest = (context, _) =>
            {
                seen = context.Request;
                return new(WsResponse.Accept("b"));
            },
        };
        await using var server = new EchoServer(options);
        Tool tool = await Tool.PipeAsync(
            new string('x', 1000) + "\n", "connect", server.Address + "path?q=1", "-n", "1", "-H", "X-A: 1", "-H", "X-A: 2", "--origin",
            "https://o.example",
            "--auth", "me:secret", "--subprotocol", "a", "--subprotocol", "b", "--deflate", "--trace");
        Assert.Equal((0, new string('x', 1000) + "\n"), (tool.Code, tool.Payloads));
        Assert.Equal(("/path?q=1", "https://o.example"), (seen!.Target, seen.Origin));
        Assert.Equal(["1", "2"], seen.ExtraHeaders.GetValues("X-A"));
        Assert.Equal("Basic bWU6c2VjcmV0", seen.ExtraHeaders["Authorization"]);
        Assert.Equal(["a", "b"], seen.Subprotocols);
        Assert.Contains("open subprotocol b\n", tool.Error, StringComparison.Ordinal);
        Assert.Contains("FIN RSV1 text, mask ", tool.Error, StringComparison.Ordinal);
        Assert.Contains("received text message, 1000 bytes\n", tool.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trace_shows_heads_and_frames_with_their_bits()
    {
        await using var server = new EchoServer();
        Tool tool = await Tool.PipeAsync("Hello\n", "connect", server.Address.ToString(), "-n", "1", "--trace");
        Assert.Contains("> GET / HTTP/1.1\n", tool.Error, StringComparison.Ordinal);
        Assert.Contains("< HTTP/1.1 101 Switching Protocols\n", tool.Error, StringComparison.Ordinal);
        Assert.Matches("\n> 1000 0001  1 0000101  FIN text, mask [0-9a-f]{8}, 5 bytes: Hello\n", tool.Error);
        Assert.Contains("\n< 1000 0001  0 0000101  FIN text, 5 bytes: Hello\n", tool.Error, StringComparison.Ordinal);
        Assert.Matches("\n> 1000 1000  1 0000010  FIN close, mask [0-9a-f]{8}, 2 bytes: 1000 \n", tool.Error);
    }

    [Fact]
    public void Trace_follows_frames_however_they_are_cut()
    {
        byte[] octets =
        [
            .. "HTTP/1.1 101 x\r\n\r\n"u8, 0x01, 0x7E, 0x00, 0x80, .. Enumerable.Repeat((byte)'a', 128), 0x80, 0x00, 0xB2, 0x81, 1, 2, 3, 4,
            0,
        ];
        const string Expected = "< HTTP/1.1 101 x\n< 0000 0001  0 1111110  text, 128 bytes: ";
        foreach (int size in new[] { 1, 2, 7, octets.Length })
        {
            using var error = new StringWriter { NewLine = "\n" };
            var trace = new FrameTrace('<', new Terminal(TextWriter.Null, error, IsInteractive: false, HasColor: false, 80));
            foreach (byte[] chunk in octets.Chunk(size))
                trace.Add(chunk);
            Assert.Equal(
                $"{Expected}{new string('a', 64)}…\n< 1000 0000  0 0000000  FIN continuation, 0 bytes\n"
                    + "< 1011 0010  1 0000001  FIN RSV2 RSV3 binary, mask 01020304, 1 bytes: 01\n",
                error.ToString());
        }
    }

    [Fact]
    public async Task Unix_sockets_and_TLS_are_ways_to_a_server_too()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await using (var local = new EchoServer(place: new UnixDomainSocketEndPoint(path)))
        {
            Tool tool = await Tool.PipeAsync("x\n", "connect", "ws://localhost/", "--unix", path, "-n", "1");
            Assert.Equal((0, "x\n"), (tool.Code, tool.Payloads));
        }

        using TestCertificate certificate = TestCertificate.For("127.0.0.1");
        await using var secure = new EchoServer(certificate: certificate);
        Assert.Equal(3, (await Tool.PipeAsync("x\n", "connect", secure.Address.ToString(), "-n", "1")).Code);
        Tool insecure = await Tool.PipeAsync("x\n", "connect", secure.Address.ToString(), "-n", "1", "-k", "--stats", "--trace");
        Assert.Equal((0, "x\n"), (insecure.Code, insecure.Payloads));
        Assert.Matches(@"tls \d\.\d{3} s", insecure.Error);
    }

    [Fact]
    public async Task Server_that_is_not_there__has_an_exit_code_of_its_own()
    {
        Tool tool = await Tool.PipeAsync("", "connect", "ws://127.0.0.1:1/");
        Assert.Equal((3, "wsproto: ws://127.0.0.1:1/ opens no WebSocket: Connection refused"), (tool.Code, tool.Error.TrimEnd()));
    }

    [Theory]
    [InlineData("--trace goes with neither --proxy nor --http2.", "--http2", "--trace")]
    [InlineData("Only one of --binary, --hex, --base64 and --json makes sense.", "--hex", "--json")]
    [InlineData("--count has to be positive.", "-n", "0")]
    [InlineData("x is no time: 500ms, 30s, 2m, or a number of seconds.", "--wait", "x")]
    [InlineData("30s is no time and text: 30s=hello.", "--every", "30s")]
    [InlineData("--ping-interval has to be positive.", "--ping-interval", "0")]
    [InlineData("--ping-interval has to be positive.", "--ping-interval", "0.00000001")]
    [InlineData("0=x is no time and text: 30s=hello.", "--every", "0=x")]
    public async Task Command_line_that_makes_no_sense__says_so(string message, params string[] options)
    {
        Tool tool = await Tool.PipeAsync("", ["connect", "ws://x/", .. options]);
        Assert.Equal((2, $"wsproto: {message}\n"), (tool.Code, tool.Error));
    }
}
