using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

/// <summary>
/// Code as it is written against <see cref="WebSocket"/>: remote procedure calls with a receive loop, calls from many tasks, and a close at
/// the end.
/// </summary>
public sealed class WebSocketConsumerTests
{
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(30);

    [Theory]
    [EveryTransport(Ends.BothOurs)]
    [InlineData(TransportKind.Memory, Ends.ServerOurs)]
    [InlineData(TransportKind.Memory, Ends.ClientOurs)]
    public async Task Remote_procedure_calls_work_unchanged(TransportKind over, Ends ends)
    {
        (WebSocket client, WebSocket server) = await WebSocketEnds.OpenAsync(over, ends);
        Task serving = ServeAsync(server);
        using var rpc = new RpcClient(client);

        int[] sums = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => rpc.AddAsync(i, i))).WaitAsync(_longest);
        string echoed = await rpc.CallAsync("echo", new string('€', 20_000)).WaitAsync(_longest);
        await rpc.CloseAsync().WaitAsync(_longest);
        await serving.WaitAsync(_longest);

        Assert.Equal(Enumerable.Range(0, 200).Select(i => 2 * i), sums);
        Assert.Equal(new string('€', 20_000), echoed);
        Assert.Equal(WebSocketState.Closed, client.State);
        Assert.Equal(WebSocketState.Closed, server.State);
        Assert.Equal((WebSocketCloseStatus.NormalClosure, "done"), (server.CloseStatus, server.CloseStatusDescription));
        client.Dispose();
        server.Dispose();
    }

    /// <summary>A receive loop with its answers, until the other side closes.</summary>
    private static async Task ServeAsync(WebSocket socket)
    {
        while (await ReceiveAsync(socket) is { } request)
        {
            JsonNode call = JsonNode.Parse(request)!;
            JsonNode result = call["method"]!.GetValue<string>() == "add"
                ? call["params"]![0]!.GetValue<int>() + call["params"]![1]!.GetValue<int>()
                : call["params"]!.GetValue<string>();
            var answer = new JsonObject { ["id"] = call["id"]!.GetValue<int>(), ["result"] = result };
            await socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(answer), WebSocketMessageType.Text, true, default);
        }

        await socket.CloseOutputAsync(socket.CloseStatus ?? WebSocketCloseStatus.NormalClosure, socket.CloseStatusDescription, default);
    }

    /// <summary>One message, put together from as many pieces as it takes; null for a Close.</summary>
    private static async Task<byte[]?> ReceiveAsync(WebSocket socket)
    {
        var message = new ArrayBufferWriter<byte>();
        while (true)
        {
            ValueWebSocketReceiveResult result = await socket.ReceiveAsync(message.GetMemory(64)[..64], default);
            if (result.MessageType == WebSocketMessageType.Close)
                return null;
            message.Advance(result.Count);
            if (result.EndOfMessage)
                return message.WrittenSpan.ToArray();
        }
    }

    private sealed class RpcClient : IDisposable
    {
        private readonly WebSocket _socket;
        private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode>> _calls = new();
        private readonly SemaphoreSlim _oneSend = new(1);
        private readonly Task _receiving;
        private int _count;

        internal RpcClient(WebSocket socket)
        {
            _socket = socket;
            _receiving = ReceiveAnswersAsync();
        }

        internal async Task<int> AddAsync(int a, int b) =>
            int.Parse(await CallAsync("add", new JsonArray(a, b)), CultureInfo.InvariantCulture);

        internal async Task<string> CallAsync(string method, JsonNode arguments)
        {
            int id = Interlocked.Increment(ref _count);
            TaskCompletionSource<JsonNode> answer = _calls.GetOrAdd(id, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
            byte[] call = JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["id"] = id, ["method"] = method, ["params"] = arguments });
            await _oneSend.WaitAsync();
            try
            {
                // In two fragments, which may cut a character.
                await _socket.SendAsync(new ArraySegment<byte>(call, 0, call.Length / 2), WebSocketMessageType.Text, false, default);
                await _socket.SendAsync(
                    new ArraySegment<byte>(call, call.Length / 2, call.Length - (call.Length / 2)),
                    WebSocketMessageType.Text,
                    true,
                    default);
            }
            finally
            {
                _oneSend.Release();
            }

            return (await answer.Task).ToString();
        }

        internal async Task CloseAsync()
        {
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "done", default);
            await _receiving;
        }

        public void Dispose() => _oneSend.Dispose();

        private async Task ReceiveAnswersAsync()
        {
            while (await ReceiveAsync(_socket) is { } message)
            {
                JsonNode answer = JsonNode.Parse(message)!;
                _calls[answer["id"]!.GetValue<int>()].SetResult(answer["result"]!);
            }
        }
    }
}
