using System.Globalization;
using System.Net.WebSockets;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

/// <summary>A WebSocket, ours or the base class library's, with a peer; and what was done with it, step by step.</summary>
internal sealed class WebSocketBench
{
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(30);

    private readonly List<string> _steps = [];
    private readonly PairStream _near;
    private readonly WsSession? _session;

    private WebSocketBench(bool ours, ConnectionRole role, bool answersClose, WsSessionOptions? options)
    {
        (_near, PairStream far) = PairStream.Create();
        Peer = new WebSocketPeer(
            far,
            WsConnection.Established(role == ConnectionRole.Client ? ConnectionRole.Server : ConnectionRole.Client, options: Unlimited),
            answersClose);
        if (ours)
        {
            options ??= new WsSessionOptions { KeepAliveInterval = null, TimeProvider = new ManualTime(), Connection = Unlimited };
            _session = WsSession.FromEstablished(_near, WsConnection.Established(role, options: options.Connection), options);
            Socket = _session.AsWebSocket();
        }
        else
        {
            Socket = WebSocket.CreateFromStream(
                _near,
                new WebSocketCreationOptions { IsServer = role == ConnectionRole.Server, KeepAliveInterval = Timeout.InfiniteTimeSpan });
        }
    }

    internal static WsConnectionOptions Unlimited { get; } = new() { MaxMessageSize = null };

    internal WebSocket Socket { get; }

    internal WebSocketPeer Peer { get; }

    /// <summary>Runs a scenario.</summary>
    /// <returns>What each step did and the state after it; at last, what the peer saw.</returns>
    internal static async Task<IReadOnlyList<string>> RunAsync(WebSocketScenario scenario, bool ours, ConnectionRole role)
    {
        var bench = new WebSocketBench(ours, role, scenario.PeerAnswersClose, scenario.Options);
        using WebSocketPeer peer = bench.Peer;
        await scenario.Play(bench).WaitAsync(_longest);
        bench.Socket.Dispose();
        bench.Peer.End();
        bench._steps.Add("the peer saw: " + await bench.Peer.SeenAsync());
        if (bench._session is { } session)
            await session.Completion.WaitAsync(_longest);
        return bench._steps;
    }

    /// <summary>Waits until a session, which reads by itself, has read what the peer sent.</summary>
    internal async Task SettleAsync()
    {
        if (_session is not null)
            await _near.DrainedAsync().WaitAsync(_longest);
    }

    internal Task ReceiveAsync(int size = 64, CancellationToken cancellationToken = default) =>
        StepAsync($"receive({size})", StartReceive(size, cancellationToken));

    internal Func<Task<string>> StartReceive(int size = 64, CancellationToken cancellationToken = default) => async () =>
    {
        byte[] buffer = new byte[size];
        ValueWebSocketReceiveResult result = await Socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
        return Describe(result.MessageType, result.EndOfMessage, buffer.AsSpan(0, result.Count));
    };

    internal Task ReceiveSegmentAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken = default) =>
        StepAsync($"receive segment({buffer.Count})", () => Then(
            Socket.ReceiveAsync(buffer, cancellationToken),
            result => Describe(result.MessageType, result.EndOfMessage, buffer.AsSpan(0, result.Count))
                + Describe(result.CloseStatus, result.CloseStatusDescription)));

    internal Task SendAsync(string text, bool finished = true, CancellationToken cancellationToken = default) =>
        SendAsync(System.Text.Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, finished, cancellationToken);

    internal Task SendAsync(byte[] data, WebSocketMessageType type, bool finished = true, CancellationToken cancellationToken = default) =>
        StepAsync(
            $"send({type} {WebSocketPeer.Describe(data)}{(finished ? "" : "…")})",
            () => Then(Socket.SendAsync(data.AsMemory(), type, finished, cancellationToken).AsTask()));

    internal Task SendSegmentAsync(ArraySegment<byte> data, WebSocketMessageType type, bool finished = true) =>
        StepAsync($"send segment({type} {data.Count})", () => Then(Socket.SendAsync(data, type, finished, default)));

    internal Task SendFlagsAsync(string text, WebSocketMessageFlags flags) => StepAsync(
        $"send('{text}', {flags})",
        () => Then(
            Socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(text).AsMemory(), WebSocketMessageType.Text, flags, default).AsTask()));

    internal Task CloseAsync(int code = 1000, string? reason = null, CancellationToken cancellationToken = default) =>
        StepAsync(Invariant($"close({code})"), StartClose(code, reason, cancellationToken));

    internal Func<Task<string>> StartClose(int code = 1000, string? reason = null, CancellationToken cancellationToken = default) =>
        () => Then(Socket.CloseAsync((WebSocketCloseStatus)code, reason, cancellationToken));

    internal Task CloseOutputAsync(int code = 1000, string? reason = null, CancellationToken cancellationToken = default) =>
        StepAsync(
            Invariant($"close output({code})"),
            () => Then(Socket.CloseOutputAsync((WebSocketCloseStatus)code, reason, cancellationToken)));

    internal Task AbortAsync() => StepAsync("abort", () =>
    {
        Socket.Abort();
        return Task.FromResult("done");
    });

    internal Task DisposeAsync() => StepAsync("dispose", () =>
    {
        Socket.Dispose();
        return Task.FromResult("done");
    });

    internal Task StatusAsync() =>
        StepAsync("status", () => Task.FromResult("is" + Describe(Socket.CloseStatus, Socket.CloseStatusDescription)));

    /// <summary>Begins a step that goes on during others.</summary>
    internal static Task<string> Begin(Func<Task<string>> step) => OutcomeAsync(step);

    /// <summary>Ends a step that was begun.</summary>
    internal async Task EndAsync(string name, Task<string> pending) =>
        _steps.Add($"{name}: {await pending.WaitAsync(_longest)} [{Socket.State}]");

    internal Task StepAsync(string name, Func<Task<string>> step) => EndAsync(name, OutcomeAsync(step));

    private static async Task<string> OutcomeAsync(Func<Task<string>> step)
    {
        Task<string> task;
        try
        {
            task = step();
        }
        catch (Exception e) when (e is not Xunit.Sdk.XunitException)
        {
            return $"throws {Describe(e)}";
        }

        try
        {
            return await task;
        }
        catch (Exception e) when (e is not Xunit.Sdk.XunitException)
        {
            return $"fails with {Describe(e)}";
        }
    }

    private static async Task<string> Then(Task task)
    {
        await task;
        return "done";
    }

    private static async Task<string> Then<T>(Task<T> task, Func<T, string> describe) => describe(await task);

    private static string Describe(Exception e) => e switch
    {
        WebSocketException socket => $"WebSocketException({socket.WebSocketErrorCode})",
        OperationCanceledException => nameof(OperationCanceledException),
        _ => e.GetType().Name,
    };

    private static string Describe(WebSocketMessageType type, bool finished, ReadOnlySpan<byte> data) =>
        type == WebSocketMessageType.Close
            ? $"Close{(finished ? "" : "…")}"
            : $"{type} {WebSocketPeer.Describe(data)}{(finished ? "" : "…")}";

    private static string Describe(WebSocketCloseStatus? code, string? reason) =>
        code is null && reason is null ? " no status" : Invariant($" {(int?)code} '{reason ?? "(null)"}'");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
