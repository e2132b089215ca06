using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using WsProto.Conformance;
using WsProto.Conformance.Tests;

namespace WsProto.Cli.Tests;

/// <summary>The verb <c>fuzz</c>.</summary>
public sealed class FuzzTests : IDisposable
{
    private readonly CancellationTokenSource _guard = new(TimeSpan.FromSeconds(120));
    private readonly string _folder = Directory.CreateTempSubdirectory("wsproto").FullName;

    public void Dispose()
    {
        _guard.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Each is found, and the input that remains is as simple as it can be: nothing, a Ping, or a message.</summary>
    [Theory]
    [InlineData("masked", "forbidden", "RFC 6455 §5.1", "")]
    [InlineData("close-1006", "forbidden", "RFC 6455 §7.4", "")]
    [InlineData("fragmented-control", "forbidden", "RFC 6455 §5.5", "")]
    [InlineData("long-control", "forbidden", "RFC 6455 §5.5", "")]
    [InlineData("deflate-bit-on-control", "forbidden", "RFC 6455 §5.2", "")]
    [InlineData("long-lengths", "forbidden", "RFC 6455 §5.2", "message")]
    [InlineData("reserved-bit", "forbidden", "RFC 6455 §5.2", "message")]
    [InlineData("reserved-opcode", "forbidden", "RFC 6455 §5.2", "message")]
    [InlineData("bad-utf8", "forbidden", "RFC 6455 §8.1", "text")]
    [InlineData("altered", "echo", "", "message")]
    [InlineData("no-pong", "no-pong", "RFC 6455 §5.5.2", "ping")]
    [InlineData("wrong-pong", "no-pong", "RFC 6455 §5.5.2", "ping")]
    [InlineData("no-close", "no-close", "RFC 6455 §5.5.1", "")]
    [InlineData("never-closes", "stays-open", "RFC 6455 §7.1.1", "")]
    [InlineData("cut", "no-close", "RFC 6455 §5.5.1", "")]
    public async Task Misbehaviour_is_found_with_a_minimal_input(string name, string kind, string rule, string input)
    {
        await using Listening server = await Listening.StartAsync("0", "--misbehave", name);
        // Whether a control frame or a message shows it first, is of no matter.
        Tool tool = await RunAsync(server.Address, "--keep-going", "--cases", "40", "--timeout", "150ms");
        Assert.Equal(1, tool.Code);
        string[][] findings = Findings(tool);
        string[] finding = Assert.Single(findings, one => one[1] == kind && one[3] == rule);
        byte[] octets = InputOf(tool, finding);
        Assert.True(octets.Length <= 8, $"{Convert.ToHexString(octets)} is not minimal");
        string sent = octets.Length == 0 ? "" : (octets[0] & 0xF) switch { 1 => "text", 2 => "binary", 9 => "ping", _ => "other" };
        Assert.True(input == sent || (input == "message" && sent is "text" or "binary"), sent);
    }

    /// <summary>A server that judges nothing sends back what is forbidden, and stays open.</summary>
    [Fact]
    public async Task Server_without_any_validation_is_found()
    {
        await using Listening server = await Listening.StartAsync("0", "--misbehave", "validates-nothing");
        Tool tool = await RunAsync(server.Address, "--keep-going", "--cases", "60", "--timeout", "300ms");
        Assert.Equal(1, tool.Code);
        string[] kinds = [.. Findings(tool).Select(finding => finding[1]).Distinct()];
        Assert.Contains("forbidden", kinds);
        Assert.Contains("no-pong", kinds);
    }

    [Theory]
    [InlineData("slow")]
    [InlineData("octets")]
    [InlineData("fragmented")]
    public async Task What_is_allowed_is_no_finding(string name)
    {
        await using Listening server = await Listening.StartAsync("0", "--misbehave", name);
        Tool tool = await RunAsync(server.Address, "--cases", "10");
        Assert.Equal((0, ""), (tool.Code, tool.Error));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Server_that_does_all_right_has_no_finding(bool isCompressed)
    {
        await using var server = new EchoServer();
        string[] deflate = isCompressed ? ["--deflate"] : [];
        Tool tool = await RunAsync(server.Address.ToString(), ["--cases", "300", "--seed", "5", .. deflate]);
        Assert.Equal((0, ""), (tool.Code, tool.Error + string.Join('\n', tool.Lines[..^1])));
        Assert.StartsWith("# seed 5: 300 cases, ", tool.Lines[0], StringComparison.Ordinal);
    }

    /// <summary>The octets come whole in the first connection behind the probe, cut in the next, and once more in both ways.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Server_that_answers_otherwise_when_octets_are_cut_is_found_unless_it_does_so_by_chance(bool isSteady)
    {
        int number = 0;
        await using var server = new ScriptedServer(async (stream, guard) =>
        {
            int answer = isSteady ? number % 2 : number;
            number++;
            await ReadAsync(stream, _hello.Length, guard);
            await stream.WriteAsync(new byte[] { 0x81, 1, (byte)('0' + answer) }, guard);
            await ReadAsync(stream, _ourClose.Length, guard);
            await stream.WriteAsync(new byte[] { 0x88, 2, 3, 0xE8 }, guard);
        });
        string file = Path.Combine(_folder, "input.txt");
        await File.WriteAllLinesAsync(file, [Convert.ToHexString(_hello[..4]), Convert.ToHexString(_hello[4..])]);
        Tool tool = await Tool.RunAsync("fuzz", server.Address, "--replay", file);
        Assert.Equal((isSteady ? 1 : 0, ""), (tool.Code, tool.Error));
        if (isSteady)
            Assert.Equal(
                ["finding", "differs", "", "RFC 6455 §5.4", "it sends other messages than for one segment"],
                Assert.Single(Findings(tool)));
    }

    /// <summary>Seven connections, and then no more; the case that was last is named.</summary>
    [Fact]
    public async Task Server_that_dies_is_found_and_the_input_that_did_it()
    {
        await using var server = new ScriptedServer((_, _) => Task.CompletedTask) { DiesAfter = 7 };
        Tool tool = await Tool.RunAsync("fuzz", server.Address, "--timeout", "300ms", "--keep-going", "--cases", "60");
        string[] finding = Assert.Single(Findings(tool), one => one[1] == "gone");
        Assert.Equal(1, tool.Code);
        Assert.StartsWith("1:", finding[2], StringComparison.Ordinal);
    }

    /// <summary>Whole, and cut: both are the input of that seed and number.</summary>
    [Fact]
    public async Task Same_seed_sends_the_same_octets()
    {
        byte[] expected = HostileInput.Generate(3, 8).ToOctets();
        var received = new List<string>();
        await using var server = new ScriptedServer(async (stream, guard) =>
        {
            received.Add(Convert.ToHexString(await ReadAsync(stream, expected.Length, guard)));
            await stream.WriteAsync(new byte[] { 0x88, 2, 3, 0xE8 }, guard);
        });
        await Tool.RunAsync("fuzz", server.Address, "--replay", "3:8");
        Assert.Equal(2, received.Count(octets => octets == Convert.ToHexString(expected)));
    }

    [Fact]
    public async Task Finding_is_replayed_by_its_name_and_by_its_file()
    {
        string file = Path.Combine(_folder, "found.txt");
        await using Listening server = await Listening.StartAsync("0", "--misbehave", "bad-utf8");
        Tool tool = await RunAsync(server.Address, "--save", file);
        string[] finding = Assert.Single(Findings(tool));
        Assert.StartsWith("# forbidden RFC 6455 §8.1: ", (await File.ReadAllLinesAsync(file))[0], StringComparison.Ordinal);
        Tool byName = await RunAsync(server.Address, "--replay", finding[2]);
        Assert.Equal(finding, Assert.Single(Findings(byName)));
        Assert.Equal(InputOf(tool, finding), InputOf(byName, finding));
        Tool byFile = await RunAsync(server.Address, "--replay", file);
        Assert.Equal(
            (1, finding[1], "", finding[3]),
            (byFile.Code, Findings(byFile)[0][1], Findings(byFile)[0][2], Findings(byFile)[0][3]));
        Assert.Equal(InputOf(tool, finding), InputOf(byFile, Findings(byFile)[0]));
        await using var good = new EchoServer();
        Assert.Equal(0, (await RunAsync(good.Address.ToString(), "--replay", file)).Code);
    }

    [Fact]
    public async Task Finding_is_a_line_of_JSON_with_the_frames_behind_it()
    {
        await using Listening server = await Listening.StartAsync("0", "--misbehave", "masked");
        Tool tool = await RunAsync(server.Address, "--json");
        JsonElement[] lines = [.. tool.Lines.Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal("finding", lines[0].GetProperty("what").GetString());
        Assert.Equal(("forbidden", "RFC 6455 §5.1"), (lines[0].GetProperty("kind").GetString(), lines[0].GetProperty("rule").GetString()));
        Assert.Equal(JsonValueKind.Array, lines[0].GetProperty("segments").ValueKind);
        Assert.Contains(lines, line => line.GetProperty("what").GetString() == "violation");
        Assert.Equal(1, lines[^1].GetProperty("findings").GetInt32());
    }

    [Theory]
    [InlineData(2, "--cases", "0")]
    [InlineData(4, "--replay", "/none")]
    [InlineData(3)]
    public async Task What_makes_no_sense_has_its_exit_code(int code, params string[] options) =>
        Assert.Equal(code, (await Tool.RunAsync(["fuzz", "ws://127.0.0.1:1/", .. options])).Code);

    [Fact]
    public async Task Refusal_has_its_exit_code()
    {
        await using Listening server = await Listening.StartAsync("0", "--reject", "401");
        Tool tool = await RunAsync(server.Address);
        Assert.Equal((5, true), (tool.Code, tool.Error.Contains("401", StringComparison.Ordinal)));
    }

    private static readonly byte[] _hello = Convert.FromHexString("818537FA213D7F9F4D5158");

    private static readonly byte[] _ourClose = Convert.FromHexString("888237FA213D3412");

    private static async Task<byte[]> ReadAsync(NetworkStream stream, int count, CancellationToken guard)
    {
        byte[] octets = new byte[count];
        return octets[..await stream.ReadAtLeastAsync(octets, count, throwOnEndOfStream: false, guard)];
    }

    private static Task<Tool> RunAsync(string address, params string[] options) => Tool.RunAsync(["fuzz", address, "--echo", .. options]);

    private static string[][] Findings(Tool tool) =>
        [.. tool.Lines.Select(line => line.Split('\t')).Where(fields => fields[0] == "finding")];

    private static byte[] InputOf(Tool tool, string[] finding) =>
    [
        .. tool.Lines.SkipWhile(line => line != string.Join('\t', finding)).Skip(1)
            .TakeWhile(line => line.StartsWith("segment\t", StringComparison.Ordinal))
            .SelectMany(line => Convert.FromHexString(line["segment\t".Length..])),
    ];

    /// <summary>A server whose opening handshake is right, and what follows is of the test.</summary>
    private sealed class ScriptedServer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _running;

        internal ScriptedServer(Func<NetworkStream, CancellationToken, Task> script)
        {
            _listener.Start();
            _running = RunAsync(script);
        }

        internal string Address => $"ws://{_listener.LocalEndpoint}/";

        /// <summary>After so many connections there are no more.</summary>
        internal int DiesAfter { get; init; } = int.MaxValue;

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _running;
            _listener.Dispose();
            _stop.Dispose();
        }

        private async Task RunAsync(Func<NetworkStream, CancellationToken, Task> script)
        {
            await Task.Yield();
            try
            {
                for (int i = 0; i < DiesAfter; i++)
                {
                    await using var stream = new NetworkStream(await _listener.AcceptSocketAsync(_stop.Token), ownsSocket: true);
                    await ServeAsync(stream, script);
                }

                _listener.Stop();
            }
            catch (OperationCanceledException)
            {
                // The test ends.
            }
        }

        private async Task ServeAsync(NetworkStream stream, Func<NetworkStream, CancellationToken, Task> script)
        {
            try
            {
                if (await OpenAsync(stream))
                    await script(stream, _stop.Token);
            }
            catch (IOException)
            {
                // The client was faster.
            }
        }

        private async Task<bool> OpenAsync(NetworkStream stream)
        {
            using var connection = new WsConnection(ConnectionRole.Server);
            byte[] octet = new byte[1];
            while (await stream.ReadAsync(octet, _stop.Token) > 0)
            {
                connection.Receive(octet);
                if (connection.TryReadEvent(out WsEvent? _))
                {
                    await stream.WriteAsync(connection.Send(new AcceptConnection()), _stop.Token);
                    return true;
                }
            }

            return false;
        }
    }
}
