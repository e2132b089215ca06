using System.Text;
using WsProto.EngineIO;

namespace WsProto.SocketIO.Tests.Client;

public class ClientConnectionTests
{
    private static readonly SocketIOClientConnectionOptions _retriesAlways = new()
    {
        ReconnectPolicy = static context => context.Delay,
        RejoinPolicy = static context => context.Delay,
    };

    [Fact]
    public void Client_opens_a_session_asks_for_its_namespaces_and_is_in()
    {
        var bench = new Bench { Auth = name => name == "/" ? new { token = "t" } : null };
        bench.Client.Join("/", bench.Now);
        bench.Client.Join("/admin", bench.Now);
        bench.Client.Join("/", bench.Now);
        Assert.Null(bench.Client.NextDeadline);
        Assert.True(bench.Client.Start(bench.Now));
        Assert.False(bench.Client.Start(bench.Now));
        Assert.Equal(["Connecting", "open"], bench.News);
        bench.Open();
        Assert.Equal(["0{\"token\":\"t\"}", "0/admin,"], bench.Sent);
        Assert.Equal(SocketIOMembership.Connecting, bench.Client.StateOf("/"));
        bench.Server("0/admin,{\"sid\":\"B\"}");
        bench.Server("0{\"sid\":\"A\"}");
        bench.Server("0{\"sid\":\"C\"}");
        Assert.Equal(["Open", "joined /admin B", "joined / A"], bench.News);
        Assert.Equal(("A", "B", null), (bench.Client.IdOf("/"), bench.Client.IdOf("/admin"), bench.Client.IdOf("/x")));
        bench.Client.Join("/later", bench.Now);
        bench.Settle();
        bench.Client.OnTimer(bench.Now + TimeSpan.FromSeconds(1)); // nothing is due
        Assert.Equal("0/later,", bench.Sent[^1]);
        Assert.Throws<ArgumentException>(() => bench.Client.Join("admin", bench.Now));
        Assert.Throws<ArgumentException>(() => bench.Client.Join("/a,b", bench.Now));
        Assert.Throws<ArgumentException>(() => bench.Client.Join("/a\u001eb", bench.Now));
    }

    [Fact]
    public void Events_and_acks_go_both_ways()
    {
        Bench bench = Bench.Connected();
        bench.Server("2[\"hi\",1]");
        bench.Server("27[\"ask\"]");
        Assert.Equal((true, "/"), (bench.Arrived!.WantsAck, bench.Arrived.Namespace));
        Assert.True(bench.Client.Answer(bench.Arrived, [42, new byte[] { 1 }], bench.Now));
        SocketIOEmit call = bench.Call("sum");
        SocketIOEmit emit = bench.Emit("tell", default, new byte[] { 7 }, "x");
        bench.Server("30[3]");
        bench.Server("30[4]");
        bench.Server("399[4]");
        Assert.Equal(["/ hi 1", "/ ask", "Sent", "Answered 3"], bench.News);
        Assert.Equal(
            [
                "61-7[42,{\"_placeholder\":true,\"num\":0}]", "01", "20[\"sum\"]", "51-[\"tell\",{\"_placeholder\":true,\"num\":0},\"x\"]",
                "07",
            ],
            bench.Sent);
        Assert.Equal((SocketIOEmitOutcome.Answered, 1), (call.Outcome, call.TimesSent));
        Assert.Equal(("/", bench.Sent[3].Length + 1), (emit.Namespace, emit.Size));
        bench.Server("2[\"no ack\"]");
        Assert.False(bench.Client.Answer(bench.Arrived!, [], bench.Now));
    }

    [Fact]
    [Trait("Demand", "Q39")]
    public void What_is_emitted_before_the_client_is_in_waits_and_leaves_in_order_once_after_what_is_said_first()
    {
        var bench = new Bench { Releases = false };
        bench.Client.Join("/", bench.Now);
        bench.Emit("a");
        bench.Emit("gone", new SocketIOEmitOptions { IsVolatile = true });
        bench.Client.Start(bench.Now);
        SocketIOEmit cancelled = bench.Emit("cancelled");
        bench.Open();
        bench.Emit("b");
        SocketIOEmit late = bench.Call("late", 1);
        bench.Advance(1);
        Assert.True(bench.Client.Cancel(cancelled, bench.Now));
        Assert.False(bench.Client.Cancel(cancelled, bench.Now));
        Assert.Equal(2, bench.Client.BufferedEmits);
        bench.Server("0{\"sid\":\"A\"}");
        Assert.Equal(["Dropped", "Connecting", "open", "Open", "TimedOut", "Cancelled", "joined / A"], bench.News);
        bench.Emit("c");
        bench.Emit("first", new SocketIOEmitOptions { IsFirst = true });
        Assert.Equal(["0", "2[\"first\"]"], bench.Sent);
        bench.Client.Release(bench.Joined!, bench.Now);
        Assert.Equal(["Sent", "Sent", "Sent", "Sent"], bench.News);
        bench.Client.Release(bench.Joined!, bench.Now);
        Assert.Equal(["2[\"a\"]", "2[\"b\"]", "2[\"c\"]"], bench.Sent.Skip(2));
        Assert.Equal((0, 0), (late.TimesSent, bench.Client.BufferedEmits));
        bench.Lose();
        bench.Client.Release(bench.Joined!, bench.Now); // too late
        bench.Emit("d");
        Assert.Equal(1, bench.Client.BufferedEmits);
    }

    [Fact]
    [Trait("Demand", "Q39")]
    public void Buffer_is_bounded_by_count_and_bytes_and_refuses_or_drops_the_oldest()
    {
        var bench = new Bench(new() { MaxBufferedEmits = 2, MaxBufferedBytes = 30 });
        bench.Client.Join("/", bench.Now);
        Assert.Equal(SocketIOEmitOutcome.BufferFull, bench.Emit("large", default, new string('x', 30)).Outcome);
        bench.Emit("a");
        bench.Call("b", retries: 1);
        Assert.Equal(SocketIOEmitOutcome.BufferFull, bench.Emit("c").Outcome);
        Assert.Equal(["BufferFull", "BufferFull"], bench.News);

        bench = new Bench(new() { MaxBufferedEmits = 2, MaxBufferedBytes = 30, BufferOverflow = SocketIOBufferOverflow.DropOldest });
        bench.Client.Join("/", bench.Now);
        SocketIOEmit first = bench.Call("b", retries: 1);
        SocketIOEmit second = bench.Emit("a");
        bench.Emit("c");
        Assert.Equal((null, SocketIOEmitOutcome.Dropped), (first.Outcome, second.Outcome));
        Assert.Equal(SocketIOEmitOutcome.BufferFull, bench.Emit("large", default, new string('x', 30)).Outcome);
        Assert.Equal(0, bench.Client.BufferedEmits);
        bench = new Bench(new() { MaxBufferedEmits = 0 });
        bench.Client.Join("/", bench.Now);
        Assert.Equal(SocketIOEmitOutcome.BufferFull, bench.Emit("a").Outcome);
    }

    [Fact]
    [Trait("Demand", "Q14")]
    public void Every_call_ends_answered_late_cancelled_or_with_the_session()
    {
        Bench bench = Bench.Connected();
        bench.Call("answered");
        SocketIOEmit late = bench.Call("late", 5);
        SocketIOEmit cancelled = bench.Call("cancelled");
        SocketIOEmit endless = bench.Emit("endless", new SocketIOEmitOptions { WantsAck = true });
        bench.Server("30[1]");
        bench.Client.Cancel(cancelled, bench.Now);
        bench.Advance(5);
        bench.Server("31[1]");
        bench.Server("32[1]");
        Assert.Equal(["Answered 1", "Cancelled", "TimedOut"], bench.News);
        bench.Lose();
        Assert.Equal(
            ["lost / transport close, comes back", "Disconnected", "Waiting: transport close WebSocketClosed in 1 s (1)"],
            bench.News);
        Assert.Equal([1, 1], [late.TimesSent, endless.TimesSent]);
    }

    [Fact]
    [Trait("Demand", "Q39")]
    public void Retried_emits_go_one_after_the_other_and_again_until_they_are_answered()
    {
        Bench bench = Bench.Connected();
        SocketIOEmit first = bench.Call("first", 2, retries: 2);
        SocketIOEmit second = bench.Call("second", 2, retries: 1);
        bench.Emit("plain");
        Assert.Equal(["20[\"first\"]", "2[\"plain\"]"], bench.Sent);
        bench.Advance(2);
        Assert.Equal(["20[\"first\"]", "2[\"plain\"]", "20[\"first\"]"], bench.Sent);
        bench.Lose();
        bench.Advance(600); // nothing is counted while there is no connection
        Assert.Null(first.Outcome);
        bench.Open();
        bench.Server("0{\"sid\":\"A\"}");
        Assert.Equal("20[\"first\"]", bench.Sent[^1]);
        bench.Server("30[\"yes\"]");
        Assert.Equal((SocketIOEmitOutcome.Answered, 3), (first.Outcome, first.TimesSent));
        Assert.Equal("21[\"second\"]", bench.Sent[^1]);
        bench.Advance(4);
        Assert.Equal((SocketIOEmitOutcome.TimedOut, 2), (second.Outcome, second.TimesSent));
        Assert.Null(second.Answer);
        Assert.Equal(0, bench.Client.BufferedEmits);

        SocketIOEmit cancelled = bench.Call("c", 2, retries: 3);
        SocketIOEmit next = bench.Call("n", 2, retries: 3);
        bench.Client.Cancel(cancelled, bench.Now);
        bench.Settle();
        Assert.Equal("23[\"n\"]", bench.Sent[^1]);
        bench.Client.Leave("/", bench.Now);
        bench.Settle();
        Assert.Equal(SocketIOEmitOutcome.NotConnected, next.Outcome);
    }

    [Fact]
    [Trait("Demand", "Q05")]
    public void Emit_that_is_too_large_for_the_server_fails_here_and_harms_nothing()
    {
        Bench bench = Bench.Connected();
        SocketIOEmit emit = bench.Emit("large", default, new byte[10], new byte[1500]);
        Assert.Equal((SocketIOEmitOutcome.TooLarge, 1500, 0), (emit.Outcome, emit.MessageSize, emit.TimesSent));
        SocketIOEmit retried =
            bench.Emit("large", new SocketIOEmitOptions { Retries = 3, AckTimeout = TimeSpan.FromSeconds(1) }, new string('x', 2000));
        Assert.Equal(SocketIOEmitOutcome.TooLarge, retried.Outcome);
        Assert.Empty(bench.Sent);
        bench.Emit("small");
        Assert.Equal(["2[\"small\"]"], bench.Sent);
    }

    [Fact]
    [Trait("Demand", "Q27")]
    public void Volatile_emits_are_dropped_where_much_waits_and_not_where_a_write_is_under_way()
    {
        Bench bench = Bench.Connected(new() { VolatileThreshold = 50 });
        for (int i = 0; i < 100; i++)
            Assert.Equal(SocketIOEmitOutcome.Sent, bench.Emit("v", new SocketIOEmitOptions { IsVolatile = true }).Outcome);
        _ = bench.Client.Emit("/", "waits", [new string('x', 60)], default, bench.Now); // and is not written yet
        SocketIOEmit dropped = bench.Client.Emit("/", "v", [], new SocketIOEmitOptions { IsVolatile = true }, bench.Now);
        Assert.Equal(SocketIOEmitOutcome.Dropped, dropped.Outcome);
    }

    [Fact]
    [Trait("Demand", "Q39")]
    public void What_a_server_that_reads_nothing_leaves_unsent_is_bounded()
    {
        Bench bench = Bench.Connected(_retriesAlways with { MaxUnsentBytes = 50 });
        bench.Server("20[\"ask\"]");
        SocketIOEmit large = bench.Client.Emit("/", "large", [new string('x', 60)], default, bench.Now); // and is not written yet
        SocketIOEmit refused = bench.Client.Emit("/", "x", [], default, bench.Now);
        SocketIOEmit call = bench.Client.Emit("/", "x", [], new SocketIOEmitOptions { WantsAck = true }, bench.Now);
        Assert.Equal(
            (SocketIOEmitOutcome.Sent, SocketIOEmitOutcome.BufferFull, SocketIOEmitOutcome.BufferFull),
            (large.Outcome, refused.Outcome, call.Outcome));
        Assert.False(bench.Client.Answer(bench.Arrived!, [], bench.Now));
        bench.Settle();
        Assert.Equal(SocketIOEmitOutcome.Sent, bench.Emit("x").Outcome);
        Assert.True(bench.Client.Answer(bench.Arrived!, [], bench.Now));
    }

    [Fact]
    [Trait("Demand", "Q38")]
    public void Refused_namespace_is_not_asked_again_unless_a_policy_says_so_and_others_go_on()
    {
        Bench bench = Bench.Connected();
        bench.Client.Join("/admin", bench.Now);
        SocketIOEmit waits = bench.Client.Emit("/admin", "x", [], default, bench.Now);
        bench.Settle();
        bench.Server("4/admin,{\"message\":\"No\",\"data\":{\"code\":7}}");
        Assert.Equal(["refused /admin Refused: No {\"code\":7}", "NotConnected"], bench.News);
        Assert.Equal(SocketIOEmitOutcome.NotConnected, waits.Outcome);
        bench.Server("4/admin,{\"message\":\"No\"}"); // nobody has asked
        bench.Advance(1000 - 960);
        Assert.Empty(bench.News);
        bench.Emit("still here");
        Assert.Equal(["Sent"], bench.News);
    }

    [Fact]
    [Trait("Demand", "Q38")]
    public void Every_attempt_at_a_namespace_asks_anew_what_the_client_brings()
    {
        int asked = 0;
        var bench = new Bench(_retriesAlways) { Auth = _ => new { token = ++asked } };
        bench.Client.Join("/", bench.Now);
        bench.Client.Start(bench.Now);
        bench.Open();
        SocketIOEmit waits = bench.Emit("waits");
        bench.Server("4\"old\"");
        bench.Advance(0.9);
        Assert.Single(bench.Sent);
        bench.Advance(0.1);
        bench.Server("4{}");
        bench.Advance(2);
        bench.Server("4{\"message\":3,\"data\":1}");
        bench.Lose();
        bench.Advance(2);
        Assert.Null(waits.Outcome);
        bench.Open();
        bench.Advance(5);
        bench.Server("0{\"sid\":\"A\"}");
        Assert.Equal(["0{\"token\":1}", "0{\"token\":2}", "0{\"token\":3}", "0{\"token\":4}", "2[\"waits\"]"], bench.Sent);
        Assert.Equal(
            ["refused / Refused: old again in 1 s", "refused / Refused:  again in 2 s", "refused / Refused:  1 again in 4 s"],
            bench.Log.Where(line => line.StartsWith("refused", StringComparison.Ordinal)));
    }

    [Fact]
    public void Namespace_that_is_not_answered_in_time_is_told_and_its_late_answer_is_taken_or_left()
    {
        var bench = new Bench(_retriesAlways);
        bench.Client.Join("/", bench.Now);
        bench.Client.Start(bench.Now);
        bench.Open();
        bench.Advance(20);
        Assert.Equal("refused / TimedOut: The server did not answer in time. again in 1 s", bench.News[^1]);
        Assert.Equal(SocketIOMembership.Connecting, bench.Client.StateOf("/"));
        bench.Server("0{\"sid\":\"A\"}");
        Assert.Equal(["joined / A"], bench.News);

        bench = new Bench(new() { RejoinPolicy = _ => null });
        bench.Client.Join("/", bench.Now);
        bench.Client.Start(bench.Now);
        bench.Open();
        SocketIOEmit waits = bench.Emit("x");
        bench.Advance(20);
        Assert.Equal(["refused / TimedOut: The server did not answer in time.", "NotConnected"], bench.News.TakeLast(2));
        Assert.Equal(SocketIOEmitOutcome.NotConnected, waits.Outcome);
        bench.Server("2[\"early\"]");
        bench.Server("0{\"sid\":\"A\"}");
        Assert.Empty(bench.News);
        Assert.Equal("1", bench.Sent[^1]);
        Assert.Equal(SocketIOMembership.Left, bench.Client.StateOf("/"));
    }

    [Fact]
    public void Application_that_does_not_say_what_it_brings_is_not_waited_for_for_ever()
    {
        var bench = new Bench(new() { RejoinPolicy = context => context.Kind == SocketIORefusalKind.TimedOut ? context.Delay : null })
        {
            Auth = null,
        };
        bench.Client.Join("/", bench.Now);
        bench.Client.Join("/b", bench.Now);
        bench.Client.Start(bench.Now);
        bench.Open();
        bench.Client.FailAuthorization(bench.Needed!, "no token", bench.Now);
        bench.Client.FailAuthorization(bench.Needed!, "no token", bench.Now);
        Assert.Equal("refused /b AuthFailed: no token", bench.News[^1]);
        bench.Advance(20);
        Assert.Equal(["refused / TimedOut: The server did not answer in time. again in 1 s"], bench.News);
        AuthorizationNeeded old = bench.Needed!;
        bench.Advance(1);
        bench.Client.Authorize(old, null, bench.Now);
        bench.Settle();
        Assert.Empty(bench.Sent);
        bench.Client.Authorize(bench.Needed!, null, bench.Now);
        bench.Settle();
        Assert.Equal(["0"], bench.Sent);
    }

    [Fact]
    public void What_the_client_brings_has_to_be_an_object_without_bytes_that_the_server_takes()
    {
        var bench = new Bench { Auth = null };
        bench.Client.Join("/", bench.Now);
        bench.Client.Start(bench.Now);
        bench.Open();
        Assert.Throws<ArgumentException>(() => bench.Client.Authorize(bench.Needed!, "text", bench.Now));
        Assert.Throws<ArgumentException>(() => bench.Client.Authorize(bench.Needed!, new { Bytes = new byte[1] }, bench.Now));
        bench.Client.Authorize(bench.Needed!, new { text = new string('x', 2000) }, bench.Now);
        Assert.Equal("refused / AuthFailed: The auth payload is larger than the limit of the server.", bench.News[^1]);
        Assert.Empty(bench.Sent);
    }

    [Fact]
    [Trait("Demand", "Q36")]
    public void Delays_double_up_to_a_limit_and_begin_anew_after_a_connection_that_has_lasted()
    {
        Bench bench = Bench.Connected();
        List<string> delays = [];
        for (int i = 0; i < 5; i++)
        {
            bench.Advance(i == 4 ? 10 : 9); // the last one lasts
            bench.Lose();
            delays.Add(bench.News[^1]);
            bench.Advance(10);
            bench.Open();
            bench.Server("0{\"sid\":\"A\"}");
        }

        Assert.Equal(
            ["in 1 s (1)", "in 2 s (2)", "in 4 s (3)", "in 5 s (4)", "in 1 s (1)"],
            delays.Select(line => line[line.IndexOf("in ", StringComparison.Ordinal)..]));
    }

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(0.5, 1)]
    [InlineData(1, 1.5)]
    public void Delays_are_drawn_at_random(double random, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), new SocketIOBackoffOptions().DelayOf(1, random));

    [Fact]
    [Trait("Demand", "Q36")]
    public void Reconnecting_now_opens_one_session_at_once_and_goes_on_if_that_fails()
    {
        Bench bench = Bench.Connected();
        bench.Client.ReconnectNow(bench.Now);
        Assert.Empty(bench.News);
        bench.Lose();
        bench.Advance(1);
        bench.Lose();
        Assert.EndsWith("in 2 s (2)", bench.News[^1], StringComparison.Ordinal);
        bench.Client.ReconnectNow(bench.Now);
        bench.Client.ReconnectNow(bench.Now);
        Assert.Equal(["Connecting", "open"], bench.News);
        bench.Lose();
        Assert.Equal(["Waiting: transport close WebSocketClosed in 1 s (1)"], bench.News);
        bench.Advance(1);
        bench.Open();
        bench.Server("0{\"sid\":\"A2\"}");
        Assert.Equal(["Connecting", "open", "Open", "joined / A2"], bench.News);
    }

    [Fact]
    public void First_session_that_does_not_open_is_the_end_unless_a_policy_says_otherwise()
    {
        var bench = new Bench();
        bench.Client.Join("/", bench.Now);
        SocketIOEmit waits = bench.Emit("x");
        bench.Client.Start(bench.Now);
        bench.Settle();
        bench.Client.Session!.ReceiveFailure(bench.WebSocket!, bench.Now, 401);
        bench.Client.Update(bench.Now);
        Assert.Equal(["Connecting", "open", "Idle: transport error Refused", "NotConnected"], bench.News);
        Assert.Equal(SocketIOEmitOutcome.NotConnected, waits.Outcome);
        Assert.Null(bench.Client.NextDeadline);
        Assert.Equal(SocketIOMembership.Left, bench.Client.StateOf("/"));

        bench = new Bench(_retriesAlways);
        bench.Client.Join("/", bench.Now);
        bench.Client.Start(bench.Now);
        bench.Settle();
        bench.Client.Session!.ReceiveFailure(bench.WebSocket!, bench.Now);
        bench.Client.Update(bench.Now);
        Assert.Equal("Waiting: transport error Unreachable in 1 s (1)", bench.News[^1]);
        bench.Client.Stop(bench.Now);
        Assert.Equal(["Idle"], bench.News);
        Assert.Null(bench.Client.NextDeadline);
    }

    [Fact]
    public void Stop_leaves_all_sends_what_was_emitted_and_ends_at_every_stage()
    {
        var bench = new Bench();
        bench.Client.Stop(bench.Now);
        Assert.Empty(bench.News);
        bench.Client.Join("/", bench.Now);
        bench.Client.Start(bench.Now);
        bench.Client.Stop(bench.Now);
        Assert.Equal(["Connecting", "open", "Closing", "end", "Idle"], bench.News);

        bench = Bench.Connected();
        bench.Client.Join("/b", bench.Now);
        bench.Settle();
        bench.Client.Join("/c", bench.Now);
        bench.Settle();
        bench.Auth = null;
        bench.Client.Join("/d", bench.Now);
        bench.Settle();
        bench.Emit("last");
        SocketIOEmit call = bench.Call("call");
        bench.Client.Stop(bench.Now);
        bench.Settle();
        Assert.Equal(["0/b,", "0/c,", "2[\"last\"]", "20[\"call\"]", "1"], bench.Sent);
        Assert.Equal(SocketIOEmitOutcome.Disconnected, call.Outcome);
        Assert.Equal(["Sent", "lost / io client disconnect", "Disconnected", "Closing", "end", "Idle"], bench.Log.TakeLast(6));
        Assert.Equal(SocketIOEmitOutcome.NotConnected, bench.Emit("too late").Outcome);
        // And again.
        bench.Auth = _ => null;
        bench.Client.Join("/", bench.Now);
        Assert.True(bench.Client.Start(bench.Now));
        bench.Open();
        bench.Server("0{\"sid\":\"A3\"}");
        Assert.Equal("joined / A3", bench.News[^1]);
    }

    [Fact]
    public void Namespace_that_is_left_before_it_is_answered_is_left_when_it_is()
    {
        Bench bench = Bench.Connected();
        bench.Client.Join("/b", bench.Now);
        bench.Settle();
        bench.Client.Leave("/b", bench.Now);
        bench.Client.Leave("/unknown", bench.Now);
        Assert.Equal(["0/b,"], bench.Sent);
        Assert.Equal(SocketIOMembership.Leaving, bench.Client.StateOf("/b"));
        bench.Server("0/b,{\"sid\":\"B\"}");
        Assert.Equal(["0/b,", "1/b,"], bench.Sent);

        bench.Client.Join("/b", bench.Now);
        bench.Settle();
        bench.Client.Leave("/b", bench.Now);
        bench.Server("4/b,{\"message\":\"No\"}");
        Assert.Equal(SocketIOMembership.Left, bench.Client.StateOf("/b"));

        bench.Client.Join("/b", bench.Now);
        bench.Settle();
        bench.Client.Leave("/b", bench.Now);
        bench.Client.Join("/b", bench.Now);
        bench.Server("0/b,{\"sid\":\"B2\"}");
        Assert.Equal("joined /b B2", bench.News[^1]);

        bench.Client.Leave("/b", bench.Now);
        Assert.Equal(["lost /b io client disconnect"], bench.News);
        bench.Server("2/b,[\"crossed\"]");
        bench.Server("2/nobody,[\"crossed\"]");
        bench.Server("1/b,");
        Assert.Empty(bench.News);

        bench.Client.Join("/b", bench.Now);
        bench.Settle();
        bench.Client.Leave("/b", bench.Now);
        bench.Lose();
        Assert.Equal(SocketIOMembership.Left, bench.Client.StateOf("/b"));
    }

    [Fact]
    public void Server_that_takes_the_client_out_is_told_once_and_asked_again_by_policy_alone()
    {
        Bench bench = Bench.Connected();
        bench.Call("unanswered");
        bench.Server("1");
        Assert.Equal(["lost / io server disconnect", "Disconnected"], bench.News);
        Assert.Equal(SocketIOEmitOutcome.NotConnected, bench.Emit("x").Outcome);
        bench.Lose();
        Assert.StartsWith("Idle", bench.News[^1], StringComparison.Ordinal);

        bench = Bench.Connected(_retriesAlways);
        for (int i = 1; i < 4; i++)
        {
            bench.Server("1");
            bench.Advance(Math.Pow(2, i - 1));
            Assert.Equal(i, bench.Sent.Count);
            bench.Server("0{\"sid\":\"A\"}");
        }

        bench.Advance(10);
        bench.Server("1");
        bench.Advance(1);
        Assert.Equal(4, bench.Sent.Count);
        EventArrived? before = null;
        bench.Server("0{\"sid\":\"A\"}");
        bench.Server("21[\"ask\"]");
        before = bench.Arrived;
        bench.Server("1");
        Assert.False(bench.Client.Answer(before!, [], bench.Now));
        bench.Advance(10);
        bench.Server("0{\"sid\":\"A\"}");
        Assert.False(bench.Client.Answer(before!, [], bench.Now));
    }

    [Fact]
    public void Events_that_come_before_the_server_has_agreed_are_kept_in_bounds()
    {
        var bench = new Bench(new() { MaxEarlyEvents = 2 });
        bench.Client.Join("/", bench.Now);
        bench.Client.Start(bench.Now);
        bench.Open();
        bench.Server("2[\"a\"]");
        bench.Server("2[\"b\"]");
        bench.Server("0{\"sid\":\"A\"}");
        Assert.Equal(["joined / A", "/ a", "/ b"], bench.News.TakeLast(3));
        bench.Lose();
        bench.Advance(1);
        bench.Open();
        bench.Server("2[\"a\"]");
        bench.Server("2[\"b\"]");
        bench.Server("2[\"c\"]");
        Assert.Equal(["end", "Waiting: parse error NotConnected in 2 s (2)"], bench.News.TakeLast(2));
    }

    [Theory]
    [InlineData("9", SocketIOError.PacketMalformed)]
    [InlineData("2{}", SocketIOError.PayloadMalformed)]
    [InlineData("0{}", SocketIOError.PayloadMalformed)]
    [InlineData("0", SocketIOError.PayloadMalformed)]
    [InlineData("0{\"sid\":7}", SocketIOError.PayloadMalformed)]
    [InlineData("0\"sid\"", SocketIOError.PayloadMalformed)]
    [InlineData("0[\"sid\",\"x\"]", SocketIOError.PayloadMalformed)]
    public void Server_that_breaks_a_rule_loses_its_session_and_the_client_comes_back(string packet, SocketIOError error)
    {
        Bench bench = Bench.Connected();
        bench.Server(packet);
        Assert.Equal(["lost / parse error, comes back", "end", $"Waiting: parse error {error} in 1 s (1)"], bench.News);
        bench.Server("2[\"late\"]");
        Assert.Empty(bench.News);
    }

    [Fact]
    public void Client_that_does_not_come_back_to_a_server_that_breaks_a_rule_says_so()
    {
        int asked = 0;
        Bench bench = Bench.Connected(new()
        {
            ReconnectPolicy = context =>
            {
                asked++;
                Assert.Equal(("parse error", true, 1), (context.Reason, context.HasConnected, context.Attempt));
                return null;
            },
        });
        bench.Server("9");
        Assert.Equal(["lost / parse error", "end", "Idle: parse error PacketMalformed"], bench.News);
        Assert.Equal(1, asked);
    }

    [Fact]
    public void Attachments_have_a_time_limit()
    {
        Bench bench = Bench.Connected();
        bench.Server("52-[\"a\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]");
        bench.Raw("2");
        bench.ServerBytes(1);
        bench.Advance(40);
        bench.Raw("2");
        bench.Advance(4);
        bench.ServerBytes(2);
        Assert.Equal(["/ a \"AQ==\" \"Ag==\""], bench.News);
        bench.Server("51-[\"a\",{\"_placeholder\":true,\"num\":0}]");
        bench.Advance(40);
        bench.Raw("2");
        bench.Advance(5);
        Assert.Equal("Waiting: parse error AttachmentMissing in 1 s (1)", bench.News[^1]);
    }

    [Fact]
    public void Server_is_neither_silent_nor_late_while_the_host_reads_nothing()
    {
        Bench bench = Bench.Connected();
        bench.Server("51-[\"a\",{\"_placeholder\":true,\"num\":0}]");
        bench.Advance(44);
        bench.Client.NoteUnread(bench.WebSocket!, bench.Now);
        bench.Advance(44);
        bench.ServerBytes(1);
        bench.Advance(44);
        bench.Client.NoteUnread(bench.WebSocket!, bench.Now);
        bench.Advance(44);
        Assert.Equal(["/ a \"AQ==\""], bench.News);
        bench.Lose();
        _ = bench.News;
        bench.Client.NoteUnread(bench.WebSocket!, bench.Now);
        bench.Advance(0.9);
        Assert.Empty(bench.News);
        new Bench().Client.NoteUnread(bench.WebSocket!, bench.Now);
    }

    [Fact]
    public void What_breaks_while_a_session_over_polling_closes_is_over_at_once_for_the_application()
    {
        var client = new SocketIOClientConnection(
            new() { Engine = new() { Transports = [EngineIOTransports.Polling] } }, new SocketIOEncoder(), () => 0);
        client.Join("/", default);
        client.Start(default);
        List<string> log = [];
        EngineIOClientRequest? get = null;
        void Read()
        {
            while (client.TryReadEvent(out SocketIOClientEvent? e))
            {
                if (e is SessionSaid { Event: SendRequest { Request: { Method: "GET" } request } })
                    get = request;
                if (e is AuthorizationNeeded needed)
                    client.Authorize(needed, null, default);
                log.Add(e is NamespaceLost lost ? lost.Reason : e is ConnectionMoved moved ? $"{moved.State}" : e.GetType().Name);
            }
        }

        void Answer(string body)
        {
            Read();
            client.Session!.ReceiveAnswer(get!, 200, Encoding.UTF8.GetBytes(body), default);
            client.Update(default);
            Read();
        }

        Answer("""0{"sid":"S","upgrades":[],"pingInterval":25000,"pingTimeout":20000}""");
        Answer("40{\"sid\":\"A\"}");
        log.Clear();
        Answer("49\u001e42[\"ignored\"]");
        Assert.Contains("parse error", log);
        Assert.DoesNotContain("EventArrived", log);
        Assert.Equal((SocketIOClientState.Open, SocketIOMembership.Wanted), (client.State, client.StateOf("/")));
        client.Join("/b", default);
        Assert.Equal(SocketIOMembership.Wanted, client.StateOf("/b"));
        client.OnTimer(TimeSpan.FromSeconds(5));
        Read();
        Assert.Equal("Waiting", log[^1]);
    }

    [Fact]
    [Trait("Demand", "Q21")]
    public void Client_brings_what_it_has_got_and_is_what_it_was()
    {
        Bench bench = Bench.Connected(more: ",\"pid\":\"P\"");
        bench.Lose();
        bench.Advance(1);
        bench.Open();
        Assert.Equal(["0{\"pid\":\"P\"}"], bench.Sent); // the demand that nothing had come yet
        bench.Server("0{\"sid\":\"A\",\"pid\":\"P\"}");
        bench.Server("2[\"n\",1,\"AAAAAAAAAAAAAAAAAAAA.1\"]");
        bench.Server("2[\"pos\",\"hello\"]");
        bench.Server("25[\"acked\",\"AAAAAAAAAAAAAAAAAAAA.2\"]");
        Assert.Equal(["joined / A, recovered", "/ n 1", "/ pos \"hello\"", "/ acked \"AAAAAAAAAAAAAAAAAAAA.2\""], bench.News.TakeLast(4));
        bench.Auth = _ => new { pid = "ours" };
        bench.Lose();
        bench.Advance(2);
        bench.Open();
        Assert.Equal("0{\"pid\":\"P\",\"offset\":\"AAAAAAAAAAAAAAAAAAAA.1\",\"pid\":\"ours\"}", bench.Sent[^1]);
        bench.Server("0{\"sid\":\"B\",\"pid\":\"P2\"}");
        bench.Auth = _ => null;
        bench.Lose();
        bench.Advance(4);
        bench.Open();
        Assert.Equal("0{\"pid\":\"P2\"}", bench.Sent[^1]);
        bench.Server("0{\"sid\":\"C\"}");
        bench.Server("2[\"n\",\"AAAAAAAAAAAAAAAAAAAA.3\"]");
        Assert.Equal(["joined / C", "/ n \"AAAAAAAAAAAAAAAAAAAA.3\""], bench.News.TakeLast(2));
    }

    [Theory]
    [Trait("Demand", "Q22")]
    [InlineData("AAAAAAAAAAAAAAAAAAAA.12", true)]
    [InlineData("PabcdeF", true)]
    [InlineData("PabcdeF.1", true)]
    [InlineData("1700000000000-0", true)]
    [InlineData("0123456789abcdef01234567", true)]
    [InlineData("hello", false)]
    [InlineData("goodbye", false)]
    [InlineData("Perfect!", false)]
    [InlineData("Perfection", false)]
    [InlineData("Perfect.!", false)]
    [InlineData("AAAAAAAAAAAAAAAAAAAA.", false)]
    [InlineData("AAAAAAAAAAAAAAAAAAAA.x", false)]
    [InlineData("AAAAAAAAAAAAAAAAAAA!.1", false)]
    [InlineData("AAAAAAAAAAAAAAAAAAAAA.1", false)]
    [InlineData("2026-", false)]
    [InlineData("a-1", false)]
    [InlineData("-1", false)]
    [InlineData("0123456789abcdef0123456x", false)]
    [InlineData("P!bcdeF", false)]
    [InlineData("", false)]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789-1", false)]
    public void Offsets_of_servers_are_kept_from_the_application_and_other_texts_are_not(string text, bool isOffset)
    {
        Bench bench = Bench.Connected(more: ",\"pid\":\"P\"");
        bench.Server($"2[\"e\",\"{text}\"]");
        bench.Server("2[\"none\"]");
        bench.Server("2[\"number\",1]");
        Assert.Equal([isOffset ? "/ e" : $"/ e \"{text}\"", "/ none", "/ number 1"], bench.News);
    }

    [Fact]
    [Trait("Demand", "Q22")]
    public void Attachment_is_no_offset_whatever_its_bytes()
    {
        Bench bench = Bench.Connected(more: ",\"pid\":\"P\"");
        bench.Server("51-[\"e\",{\"_placeholder\":true,\"num\":0}]");
        bench.ServerBytes(Convert.FromBase64String("0123456789abcdef01234567"));
        Assert.Equal(["/ e \"0123456789abcdef01234567\""], bench.News);
    }

    [Fact]
    public void Emit_by_an_application_that_is_wrong_throws_and_changes_nothing()
    {
        Bench bench = Bench.Connected();
        Assert.Throws<ArgumentOutOfRangeException>(() => bench.Emit("x", new SocketIOEmitOptions { Retries = -1 }));
        Assert.Throws<ArgumentException>(() => bench.Emit("x", new SocketIOEmitOptions { AckTimeout = TimeSpan.FromSeconds(-1) }));
        Assert.Throws<ArgumentException>(() => bench.Emit("x", new SocketIOEmitOptions { Retries = 1 }));
        Assert.Equal(SocketIOEmitOutcome.NotConnected, bench.Client.Emit("/unknown", "x", [], default, bench.Now).Outcome);
        Assert.Throws<ArgumentException>(() => bench.Emit("connect"));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIOBackoffOptions { InitialDelay = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIOBackoffOptions { MaxDelay = TimeSpan.FromDays(30) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIOBackoffOptions { Jitter = 2 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIOBackoffOptions { Jitter = double.NaN });
        Assert.Equal(
            (0.1, TimeSpan.Zero),
            (new SocketIOBackoffOptions { Jitter = 0.1 }.Jitter, new SocketIOBackoffOptions { StableAfter = TimeSpan.Zero }.StableAfter));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIOClientConnectionOptions { JoinTimeout = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIOClientConnectionOptions { AttachmentTimeout = TimeSpan.FromDays(30) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIOClientConnectionOptions { MaxBufferedEmits = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIOClientConnectionOptions { MaxBufferedBytes = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIOClientConnectionOptions { VolatileThreshold = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIOClientConnectionOptions { MaxUnsentBytes = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIOClientConnectionOptions { MaxEarlyEvents = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIOClientConnectionOptions { MaxEarlyBytes = -1 });
        Assert.Throws<ArgumentNullException>(() => new SocketIOClientConnectionOptions { Decoder = null! });
        Assert.Empty(bench.Sent);
        Assert.Equal(0, bench.Client.BufferedEmits);
    }

    [Fact]
    public void Policies_give_up_where_the_same_would_happen_again()
    {
        var failure = new EngineIOFailure(EngineIOClientError.Silence, EngineIOTransports.Polling);
        Assert.Null(SocketIOReconnectContext.DefaultPolicy(new("r", failure, false, 1, default)));
        Assert.Equal(TimeSpan.Zero, SocketIOReconnectContext.DefaultPolicy(new("r", failure, true, 1, default)));
        foreach (SocketIORefusalKind kind in Enum.GetValues<SocketIORefusalKind>())
        {
            Assert.Null(SocketIORejoinContext.DefaultPolicy(new("/", kind, "m", SocketIOArguments.None, false, 1, default)));
            Assert.Equal(
                kind == SocketIORefusalKind.TimedOut ? TimeSpan.Zero : null,
                SocketIORejoinContext.DefaultPolicy(new("/", kind, "m", SocketIOArguments.None, true, 1, default)));
        }
    }

    [Fact]
    public void Client_that_was_not_started_has_nothing_to_do()
    {
        var client = new SocketIOClientConnection(null, new SocketIOEncoder(), () => 0);
        client.OnTimer(TimeSpan.FromHours(1));
        client.Update(TimeSpan.FromHours(1));
        Assert.False(client.TryReadEvent(out _));
        Assert.Null(client.Session);
        Assert.Null(client.NextDeadline);
        Assert.Equal(SocketIOMembership.Left, client.StateOf("/"));
        client.Join("/", default);
        client.Start(default);
        Assert.True(client.TryReadEvent(out SocketIOClientEvent? e) && e is ConnectionMoved);
        Assert.True(client.TryReadEvent(out e));
        Assert.Same(client.Session, Assert.IsType<SessionSaid>(e).Session);
        var options =
            new SocketIOClientConnectionOptions { AttachmentTimeout = TimeSpan.FromSeconds(1), JoinTimeout = TimeSpan.FromSeconds(2) };
        Assert.Equal((1, 2), (options.AttachmentTimeout.TotalSeconds, options.JoinTimeout.TotalSeconds));
    }

    [Fact]
    public void State_machines_end_where_they_may_begin_again()
    {
        Assert.Equal(11, ClientStateMachine.ConnectionRows().Count());
        Assert.All(
            ClientStateMachine.MembershipRows().Where(row => row.Trigger == MembershipTrigger.End),
            row => Assert.Equal(SocketIOMembership.Left, row.To));
        Assert.Equal(5, ClientStateMachine.MembershipRows().Count(row => row.Trigger == MembershipTrigger.End));
    }

    [Fact]
    public void Events_of_a_namespace_that_was_left_before_the_server_agreed_do_not_come_when_the_client_is_in_again()
    {
        var bench = new Bench();
        bench.Client.Join("/", bench.Now);
        bench.Client.Start(bench.Now);
        bench.Open();
        bench.Server("2[\"stale\"]");
        bench.Client.Leave("/", bench.Now);
        bench.Server("0{\"sid\":\"A\"}");
        bench.Client.Join("/", bench.Now);
        bench.Settle();
        bench.Server("0{\"sid\":\"B\"}");
        Assert.Equal(["Connecting", "open", "Open", "joined / B"], bench.News);
    }

    [Fact]
    public void Events_before_the_server_has_agreed_are_bounded_by_bytes_for_each_attempt()
    {
        var bench = new Bench(_retriesAlways with { MaxEarlyBytes = 20 });
        bench.Client.Join("/", bench.Now);
        bench.Client.Start(bench.Now);
        bench.Open();
        bench.Server("2[\"x\",12345678]");
        bench.Lose();
        bench.Advance(1);
        bench.Open();
        bench.Server("2[\"x\",12345678]");
        Assert.Equal(SocketIOClientState.Open, bench.Client.State);
        bench.Server("2[\"x\",12345678]");
        Assert.Contains("Waiting: parse error NotConnected in 2 s (2)", bench.News);
        bench.Advance(2);
        bench.Open();
        bench.Server("2[\"a long name\"]"); // in UTF-16
        Assert.Contains("Waiting: parse error NotConnected in 4 s (3)", bench.News);
    }

    [Fact]
    public void Event_counts_its_name_too()
    {
        Bench bench = Bench.Connected();
        bench.Server("2[\"a long name\"]");
        Assert.Equal(22, bench.Arrived!.Size);
        bench.Server("51-[\"name\",{\"_placeholder\":true,\"num\":0}]");
        bench.ServerBytes(1, 2, 3);
        Assert.Equal(8 + "[\"name\",{\"_placeholder\":true,\"num\":0}]".Length + 3, bench.Arrived.Size);
    }

    [Fact]
    public void Session_that_ends_with_the_packet_after_an_ack_does_not_end_what_is_sent_again()
    {
        Bench bench = Bench.Connected(_retriesAlways);
        SocketIOEmit first = bench.Call("a", retries: 1);
        SocketIOEmit second = bench.Call("b", retries: 1);
        // As in one answer to a poll: the session is over before the ack is looked at.
        bench.Client.Session!.ReceiveText(bench.WebSocket!, Encoding.UTF8.GetBytes("430[]"), bench.Now);
        bench.Client.Session.ReceiveText(bench.WebSocket!, Encoding.UTF8.GetBytes("1"), bench.Now);
        bench.Client.Update(bench.Now);
        bench.Advance(1);
        bench.Open();
        bench.Server("0{\"sid\":\"B\"}");
        bench.Server("31[]");
        Assert.Equal((SocketIOEmitOutcome.Answered, SocketIOEmitOutcome.Answered), (first.Outcome, second.Outcome));
    }

    [Fact]
    public void Time_limit_that_no_timer_can_keep_is_refused_and_nothing_is_emitted()
    {
        Bench bench = Bench.Connected();
        Assert.Throws<ArgumentException>(() => bench.Call("x", TimeSpan.MaxValue.TotalSeconds / 2));
        Assert.Throws<ArgumentException>(() => bench.Call("x", TimeSpan.FromDays(25).TotalSeconds));
        Assert.Empty(bench.Sent);
        Assert.Null(bench.Call("x", TimeSpan.FromDays(24).TotalSeconds).Outcome);
    }

    [Fact]
    public void Session_that_is_lost_before_the_client_was_in_a_namespace_is_the_end_as_one_that_did_not_open()
    {
        var bench = new Bench();
        bench.Client.Join("/", bench.Now);
        bench.Client.Start(bench.Now);
        bench.Open();
        bench.Lose();
        Assert.Equal(["Connecting", "open", "Open", "Idle: transport close WebSocketClosed"], bench.News);
        Assert.Equal(SocketIOMembership.Left, bench.Client.StateOf("/"));
        Assert.Null(bench.Client.NextDeadline);
    }

    [Fact]
    public void Namespace_that_never_answers_is_given_up_the_first_time_and_asked_again_where_the_client_had_been_in()
    {
        var bench = new Bench();
        bench.Client.Join("/", bench.Now);
        bench.Client.Start(bench.Now);
        bench.Open();
        bench.Advance(20);
        Assert.Equal("refused / TimedOut: The server did not answer in time.", bench.News[^1]);
        Assert.Equal(SocketIOMembership.Leaving, bench.Client.StateOf("/"));
        bench.Client.Join("/", bench.Now);
        bench.Server("0{\"sid\":\"A\"}");
        Assert.Equal(["joined / A"], bench.News);
        bench.Lose();
        bench.Advance(1);
        bench.Open();
        bench.Raw("2");
        bench.Advance(20);
        Assert.Equal("refused / TimedOut: The server did not answer in time. again in 1 s", bench.News[^1]);
    }

    [Fact]
    public void Session_that_is_lost_while_no_namespace_is_wanted_is_not_opened_again()
    {
        Bench bench = Bench.Connected(new() { ReconnectPolicy = static context => context.Delay });
        bench.Server("1");
        bench.Lose();
        Assert.Equal(["lost / io server disconnect", "Idle: transport close WebSocketClosed"], bench.News);
        Assert.Null(bench.Client.NextDeadline);
    }
}
