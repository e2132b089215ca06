using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using WsProto.Adapters.Tests.Support;
using WsProto.SocketIO.AspNetCore;
using WsProto.SocketIO.Client.Tests.Support;

namespace WsProto.SocketIO.Client.Tests;

/// <summary>Packets in another form than the protocol's own.</summary>
public sealed class ParserTests
{
    private static readonly SocketIOParser _parser = Samples.Parser()!;

    [Theory]
    [MemberData(nameof(ClientTests.Ways), MemberType = typeof(ClientTests))]
    public async Task Client_and_server_speak_MessagePack(string way)
    {
        await using Served served = await StartAsync();
        SocketIOClient io = await served.ConnectAsync(way, served.Options(way) with { Parser = _parser, Auth = new { token = "x" } });
        object?[] many =
        [
            .. Enumerable.Range(0, 20).Select(number => new byte[] { (byte)number }),
            new ClientTests.Nested("n", [[1], [2]]),
        ];
        SocketIOArguments echo = await io.Main.CallAsync("echo", many).Soon();
        Assert.Equal(21, echo.Count);
        Assert.Equal([19], echo.GetAttachment(19)!.Value.ToArray());
        Assert.Equal("""{"name":"n","parts":["AQ==","Ag=="]}""", Encoding.UTF8.GetString(echo.GetJson(20).Span));

        io.Main.OnCall("question", async (byte[] bytes) => bytes.Reverse().ToArray());
        Assert.Equal([3, 2, 1], (await io.CallAsync<byte[]>("ask", new byte[] { 1, 2, 3 }).Soon())!);

        SocketIOJoinException refusal = await Assert.ThrowsAsync<SocketIOJoinException>(() => io.Of("/admin").ConnectAsync()).Soon();
        Assert.Equal(("not x", "{\"proof\":\"AQI=\"}"), (refusal.Message, Encoding.UTF8.GetString(refusal.Details.GetJson(0).Span)));
    }

    [Theory]
    [MemberData(nameof(ClientTests.Ways), MemberType = typeof(ClientTests))]
    public async Task Client_is_what_it_was_and_gets_what_it_missed_in_MessagePack(string way)
    {
        await using Served served = await StartAsync();
        SocketIOClient io = await served.ConnectAsync(way, served.Options(way) with { Parser = _parser });
        var got = new ConcurrentQueue<string>();
        io.Main.OnAny(async e => got.Enqueue($"{e.Name} {e.Arguments.Count}"));
        served.Server.Main.Emit("n", new byte[] { 1 });
        await Waiting.Until(() => got.Count == 1);
        await Waiting.Until(() =>
        {
            served.CutLines(); // between two polls there is none
            return io.State == SocketIOClientState.Waiting;
        });
        served.Server.Main.Emit("missed", new byte[] { 2 }, 3);
        await served.Until(() => got.Count == 2, () => io.State == SocketIOClientState.Waiting);
        Assert.True(io.Main.Recovered);
        Assert.Equal(["n 1", "missed 2"], got);
    }

    [Fact]
    public async Task Client_and_server_of_different_forms_do_not_connect_and_the_client_is_told()
    {
        await using Served served = await StartAsync();
        SocketIOClient io = served.Client();
        await Assert.ThrowsAsync<SocketIOConnectException>(() => io.ConnectAsync()).Soon();
        Assert.Equal(SocketIOClientState.Idle, io.State);
    }

    private static Task<Served> StartAsync() => Served.StartAsync(
        io =>
        {
            io.Main
                .EnableRecovery()
                .On("echo", async (SocketIOSocket _, SocketIOArguments all) => SocketIOAck.Of(
                    [.. Enumerable.Range(0, 20).Select(index => all.GetAttachment(index)), Read(all.GetJson(20))]))
                .On("ask", async (SocketIOSocket socket, byte[] bytes) => await socket.CallAsync<byte[]>("question", bytes));
            io.Of("/admin")
                .OnConnecting(_ => throw new SocketIORefusedException("not x") { Details = new { Proof = new byte[] { 1, 2 } } });
        },
        new SocketIOOptions { Parser = _parser });

    private static ClientTests.Nested Read(ReadOnlyMemory<byte> json) =>
        JsonSerializer.Deserialize<ClientTests.Nested>(json.Span, JsonSerializerOptions.Web)!;
}
