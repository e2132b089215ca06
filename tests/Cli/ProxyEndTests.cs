using System.Net.Sockets;
using System.Text;
using WsProto.Cli.Tests.Captures;

namespace WsProto.Cli.Tests;

/// <summary>What the verb <c>proxy</c> passes on beside messages: ends, resets, HTTP/2, and frames that are not whole yet.</summary>
public sealed class ProxyEndTests : IDisposable
{
    private readonly CancellationTokenSource _guard = new(TimeSpan.FromSeconds(60));
    private readonly string _folder = Directory.CreateTempSubdirectory("wsproto").FullName;

    public void Dispose()
    {
        _guard.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>In the middle of the connection, and when the other direction has ended in good order.</summary>
    [Theory]
    [InlineData("<", false)]
    [InlineData("<", true)]
    [InlineData(">", false)]
    [InlineData(">", true)]
    [Trait("Demand", "L23")]
    public async Task Reset_by_one_end_is_a_reset_at_the_other(string direction, bool isHalfClosed)
    {
        using var exchange = new Exchange();
        string file = Path.Combine(_folder, "session.pcap");
        using var upstream = new RawServer();
        await using Listening proxy = await Listening.StartVerbAsync("proxy", "0", upstream.Address, "-n", "1", "--record", file);
        await using NetworkStream near = await RawServer.ConnectAsync(proxy.Address, _guard.Token);
        await using NetworkStream far = await upstream.AcceptAsync(_guard.Token);
        await PassAsync(near, far, exchange.Request);
        await PassAsync(far, near, exchange.Response);
        (NetworkStream resetting, NetworkStream other) = direction == ">" ? (near, far) : (far, near);
        if (isHalfClosed)
        {
            other.Socket.Shutdown(SocketShutdown.Send);
            Assert.Empty(await RawServer.RestAsync(resetting, _guard.Token));
        }

        // What was sent before comes before.
        byte[] last = direction == ">" ? exchange.Client("last") : exchange.Server("last");
        await resetting.WriteAsync(last, _guard.Token);
        resetting.Socket.Close(0);
        byte[] received = new byte[last.Length];
        await other.ReadExactlyAsync(received, _guard.Token);
        Assert.Equal(last, received);
        var broken = await Assert.ThrowsAsync<IOException>(() => RawServer.RestAsync(other, _guard.Token));
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(broken.InnerException).SocketErrorCode);

        string[] rows = [.. (await proxy.RestAsync()).Where(line => line[0] != '#')];
        Assert.Equal([direction, "reset"], rows[^1].Split('\t')[2..4]);
        string[] decoded = [.. (await Tool.RunAsync("decode", file)).Lines.Where(line => line[0] != '#')];
        Assert.Equal(rows.Select(row => row.Split('\t')[2..]), decoded.Select(row => row.Split('\t')[2..]));
    }

    /// <summary>Who has a Close waits for the end of the stream, as a client should (RFC 6455 §7.1.1).</summary>
    [Fact]
    [Trait("Demand", "L25")]
    public async Task End_of_a_side_is_passed_on_behind_a_Close_that_a_fault_has_sent()
    {
        using var exchange = new Exchange();
        using var upstream = new RawServer();
        await using Listening proxy = await Listening.StartVerbAsync(
            "proxy", "0", upstream.Address, "-n", "1", "-q", "--fault", "close=1013@server");
        await using NetworkStream near = await RawServer.ConnectAsync(proxy.Address, _guard.Token);
        await using NetworkStream far = await upstream.AcceptAsync(_guard.Token);
        await PassAsync(near, far, exchange.Request);
        await PassAsync(far, near, exchange.Response);
        await far.WriteAsync(exchange.Server("never comes"), _guard.Token);
        far.Socket.Shutdown(SocketShutdown.Send);
        Assert.Equal([0x88, 2, 0x03, 0xF5], await RawServer.RestAsync(near, _guard.Token));
        await PassAsync(near, far, exchange.Client("still comes"));
    }

    /// <summary>A peer may wait for the other's answer to a part of a frame, as a test of a time limit does.</summary>
    [Fact]
    [Trait("Demand", "L23")]
    public async Task Octets_wait_for_no_others_where_there_is_no_fault()
    {
        using var exchange = new Exchange();
        using var upstream = new RawServer();
        await using Listening proxy = await Listening.StartVerbAsync(
            "proxy", "0", upstream.Address, "-n", "1", "-q", "--fault", "drop@server:2");
        await using NetworkStream near = await RawServer.ConnectAsync(proxy.Address, _guard.Token);
        await using NetworkStream far = await upstream.AcceptAsync(_guard.Token);
        await PassAsync(near, far, exchange.Request);
        await PassAsync(far, near, exchange.Response);
        foreach (byte octet in exchange.Client(new string('a', 300))[..20])
            await PassAsync(near, far, [octet]);
    }

    /// <summary>Frames of HTTP/2 would be taken for others, and wait for more.</summary>
    [Theory]
    [InlineData]
    [InlineData("--fault", "drop@client", "--fault", "break@server")]
    [Trait("Demand", "L23")]
    public async Task HTTP_2_passes_as_it_comes_and_is_said_to(params string[] faults)
    {
        byte[] settings = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 1];
        // A length of 64 bits, as a frame of WebSocket would have it, and a head that is empty.
        byte[] data = [.. "\n\n"u8, 0x7F, 0xFF, 0x7F, 0xFF, 0x81, 0x81, 1, 2, 3];
        using var upstream = new RawServer();
        await using Listening proxy = await Listening.StartVerbAsync(["proxy", "0", upstream.Address, "-n", "1", .. faults]);
        await using (NetworkStream near = await RawServer.ConnectAsync(proxy.Address, _guard.Token))
        await using (NetworkStream far = await upstream.AcceptAsync(_guard.Token))
        {
            // A server may begin before the client has.
            await PassAsync(far, near, settings[..7]);
            foreach (byte octet in "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray().Concat(settings).Concat(data))
                await PassAsync(near, far, [octet]);
            foreach (byte octet in settings[7..].Concat(data))
                await PassAsync(far, near, [octet]);
        }

        Assert.Contains(
            await proxy.RestAsync(),
            line => line.Split('\t') is [_, _, ">", "remark", .., "HTTP/2 passes as it comes; faults are for HTTP/1.1", ""]);
    }

    /// <summary>A server that speaks something else, where a fault would wait for the head of a frame.</summary>
    [Fact]
    public async Task What_is_no_HTTP_passes_as_it_comes()
    {
        using var upstream = new RawServer();
        await using Listening proxy = await Listening.StartVerbAsync(
            "proxy", "0", upstream.Address, "-n", "1", "-q", "--fault", "drop@server", "--fault", "drop@client");
        await using NetworkStream near = await RawServer.ConnectAsync(proxy.Address, _guard.Token);
        await using NetworkStream far = await upstream.AcceptAsync(_guard.Token);
        foreach (byte octet in Encoding.ASCII.GetBytes("220 ready\n\n\u0001\u0005Hello"))
            await PassAsync(far, near, [octet]);
        foreach (byte octet in Encoding.ASCII.GetBytes("QUIT\n\n\u0001\u0005Hello"))
            await PassAsync(near, far, [octet]);
    }

    /// <summary>Sends octets, and wants them behind the proxy before others are sent.</summary>
    private async Task PassAsync(NetworkStream from, NetworkStream to, byte[] octets)
    {
        await from.WriteAsync(octets, _guard.Token);
        byte[] received = new byte[octets.Length];
        await to.ReadExactlyAsync(received, _guard.Token);
        Assert.Equal(octets, received);
    }
}
