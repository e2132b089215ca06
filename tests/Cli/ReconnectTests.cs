using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Time.Testing;
using WsProto.Adapters;
using WsProto.Cli.Connect;
using WsProto.Cli.Dialing;
using WsProto.Conformance.Tests;

namespace WsProto.Cli.Tests;

/// <summary>The option <c>--reconnect</c> of <c>connect</c>, in made-up time.</summary>
public sealed partial class ReconnectTests : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _guard = new(TimeSpan.FromSeconds(60));
    private readonly FakeTimeProvider _clock = new();
    private readonly LineWriter _events = new();
    private readonly MemoryStream _payloads = new();
    private readonly Pipe _input = new();

    public async ValueTask DisposeAsync()
    {
        await _input.Writer.CompleteAsync();
        _stop.Dispose();
        _guard.Dispose();
        await _events.DisposeAsync();
        await _payloads.DisposeAsync();
    }

    [Fact]
    public async Task Server_that_goes_away_and_comes_back_is_found_again_and_gets_what_was_typed_meanwhile()
    {
        var server = new EchoServer(handler: AnswerOnceAsync);
        IPEndPoint place = IPEndPoint.Parse(server.Address.Authority);
        Task<int> running = Start(server.Address, "-n", "2");
        await TypeAsync("one\n");
        await EventAsync("open");
        await EventAsync("closed 1001 later (Peer)");
        await server.DisposeAsync();
        await TypeAsync("two\n");
        for (int i = 0; i < 3; i++)
            await EventAsync("failed ");
        await using var back = new EchoServer(place: place);
        await EventAsync("open");
        Assert.Equal(0, await running);
        Assert.Equal("one\ntwo\n", Encoding.UTF8.GetString(_payloads.ToArray()));
    }

    /// <summary>RFC 6455 §7.2.3: random, and growing.</summary>
    [Fact]
    [Trait("RFC", "6455 §7.2.3")]
    public async Task Delays_are_random_below_a_bound_that_doubles()
    {
        Task<int> running = Start(new Uri("ws://127.0.0.1:1/"));
        var delays = new List<double>();
        for (int attempt = 2; attempt < 14; attempt++)
        {
            string line = await EventAsync("waiting ");
            Match match = Waiting().Match(line);
            Assert.Equal($"{attempt}", match.Groups[2].Value);
            delays.Add(double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
            Assert.InRange(delays[^1], 0, Math.Min(60, 5 * Math.Pow(2, attempt - 2)));
        }

        // One of 10^12 runs has them all below the first bound.
        Assert.Contains(delays, delay => delay > 5);
        Assert.True(delays.Distinct().Count() > 6);
        await _stop.CancelAsync();
        Assert.Equal(ExitCode.Interrupted, await running);
    }

    [Theory]
    [InlineData(10, 2)]
    [InlineData(9, 3)]
    public void Connection_that_lasted_makes_the_next_loss_the_first_again(int seconds, int attempt)
    {
        var reconnection = new Reconnection(_clock);
        var failure = new WsClosedException();
        Assert.NotNull(reconnection.DelayAfter(failure));
        reconnection.Opened();
        _clock.Advance(TimeSpan.FromSeconds(seconds));
        Assert.NotNull(reconnection.DelayAfter(failure));
        Assert.Equal(attempt, reconnection.Attempt);
    }

    [Theory]
    [InlineData(CloseCode.NormalClosure, 0)]
    [InlineData(CloseCode.PolicyViolation, 1)]
    [InlineData(CloseCode.MessageTooBig, 1)]
    public async Task Server_that_wants_no_more_is_not_asked_again(CloseCode code, int expected)
    {
        await using var server = new EchoServer(
            handler: async (session, _) => await session.CloseAsync(code, null, CancellationToken.None));
        Assert.Equal(expected, await Start(server.Address).WaitAsync(_guard.Token));
    }

    [Fact]
    public async Task Refusal_is_final_where_the_next_request_would_be_refused_too()
    {
        int requests = 0;
        await using var server = new EchoServer(new WsAcceptOptions
        {
            OnRequest = (_, _) => new(WsResponse.Reject(++requests == 3 ? 403 : 503, "no")),
        });
        Task<int> running = Start(server.Address);
        await EventAsync("refused with 503");
        await EventAsync("before attempt 2");
        await EventAsync("refused with 503");
        await EventAsync("before attempt 3");
        await EventAsync("refused with 403");
        Assert.Equal(5, await running.WaitAsync(_guard.Token));
        Assert.Equal(3, requests);
    }

    [Fact]
    public async Task Close_of_the_user_is_final()
    {
        await using var server = new EchoServer();
        Task<int> running = Start(server.Address, "--commands");
        await TypeAsync("/close 4000 why\n");
        Assert.Equal(1, await running.WaitAsync(_guard.Token));
    }

    [Theory]
    [InlineData(6, "--timeout", "90s")]
    [InlineData(0, "--wait", "90s")]
    [InlineData(7, "--wait", "90s", "--until", "x")]
    public async Task Time_goes_on_while_there_is_no_connection(int expected, params string[] options)
    {
        await using var server = new EchoServer(handler: AnswerOnceAsync);
        Task<int> running = Start(server.Address, options);
        await TypeAsync("one\n");
        await _input.Writer.CompleteAsync();
        await EventAsync("closed 1001", advances: false);
        await server.DisposeAsync();
        while (!running.IsCompleted)
            await AdvanceAsync();
        Assert.Equal(expected, await running);
    }

    [Fact]
    public async Task Events_are_lines_of_JSON_in_their_order()
    {
        var server = new EchoServer(handler: AnswerOnceAsync);
        Task<int> running = Start(server.Address, "--json");
        await TypeAsync("one\n");
        string[] expected = ["open", "message", "closed", "waiting", "failed", "waiting"];
        JsonElement[] events = [];
        // Time stands still until the server has gone.
        bool isThere = true;
        while (events.Length < expected.Length)
        {
            if (events.Length >= 3 && isThere)
            {
                isThere = false;
                await server.DisposeAsync();
            }

            if (events.Length >= 4)
                await AdvanceAsync();
            await Task.Yield();
            _guard.Token.ThrowIfCancellationRequested();
            string[] lines = Encoding.UTF8.GetString(_payloads.ToArray()).Split('\n');
            events = [.. lines[..^1].Select(line => JsonDocument.Parse(line).RootElement)];
        }

        Assert.Equal(expected, events[..6].Select(one => one.GetProperty("event").GetString()));
        Assert.Equal(2, events[3].GetProperty("attempt").GetInt32());
        Assert.InRange(events[3].GetProperty("seconds").GetDouble(), 0, 5);
        await _stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Piece_that_was_not_sent_is_there_for_the_next_connection()
    {
        Terminal terminal = Tool.Pipe(new MemoryStream("one\ntwo\n"u8.ToArray()));
        using var input = new ConnectInput(new ConnectSettings { Server = new ServerSettings { Uri = new Uri("ws://x/") } }, terminal);
        input.Start();
        Assert.Equal("one"u8.ToArray(), await input.PeekAsync(_guard.Token));
        Assert.Equal("one"u8.ToArray(), await input.PeekAsync(_guard.Token));
        input.Take();
        Assert.Equal("two"u8.ToArray(), await input.PeekAsync(_guard.Token));
        input.Take();
        Assert.Null(await input.PeekAsync(_guard.Token));
    }

    private static async Task AnswerOnceAsync(WsSession session, CancellationToken stop)
    {
        if (await session.ReceiveAsync(CancellationToken.None) is { } message)
            await session.SendAsync(message, CancellationToken.None);
        await session.CloseAsync(CloseCode.GoingAway, "later", CancellationToken.None);
    }

    private Task<int> Start(Uri address, params string[] options)
    {
        var terminal = new Terminal(TextWriter.Null, _events, IsInteractive: false, HasColor: false, 80)
        {
            Input = _input.Reader.AsStream(),
            Payloads = Stream.Synchronized(_payloads),
            Clock = _clock,
        };
        return Task.Run(() => CommandLine.RunAsync(["connect", address.ToString(), "--reconnect", .. options], terminal, _stop.Token));
    }

    private async Task TypeAsync(string text) => await _input.Writer.WriteAsync(Encoding.UTF8.GetBytes(text), _guard.Token);

    /// <summary>The next event that has this in it. Time goes on meanwhile, unless told.</summary>
    private async Task<string> EventAsync(string part, bool advances = true)
    {
        while (true)
        {
            ValueTask<string> next = _events.LineAsync(_guard.Token);
            while (advances && !next.IsCompleted)
                await AdvanceAsync();
            if (await next is var line && line.Contains(part, StringComparison.Ordinal))
                return line;
        }
    }

    private async Task AdvanceAsync()
    {
        _clock.Advance(TimeSpan.FromSeconds(1));
        await Task.Yield();
    }

    [GeneratedRegex(@"waiting (\d+\.\d{3}) s before attempt (\d+)$")]
    private static partial Regex Waiting();
}
