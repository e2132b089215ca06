using System.Runtime.CompilerServices;
using System.Text;

namespace WsProto.EngineIO.Tests.Client;

public class ClientTests
{
    private const string PollingGet = "GET EIO=4&transport=polling";
    private const string SessionGet = "GET EIO=4&transport=polling&sid=S";
    private const string SessionPost = "POST EIO=4&transport=polling&sid=S ";

    public static readonly object[][] BadOpenings =
    [
        [""], ["x"], ["4hi"], ["0"], ["0[]"], ["0{"], ["0{\"sid\":1}"], ["0{}x"], ["""0{"sid":"","pingInterval":1,"pingTimeout":1}"""],
        ["""0{"sid":"a","pingInterval":-1,"pingTimeout":1}"""], ["""0{"sid":"a","pingInterval":1}"""],
        ["""0{"pingInterval":1,"pingTimeout":1}"""],
        ["""0{"sid":"a","pingInterval":"1","pingTimeout":1}"""], ["""0{"sid":"a","pingInterval":1e99,"pingTimeout":1}"""],
        ["""0{"sid":"\ud800","pingInterval":1,"pingTimeout":1}"""], ["\u001e" + MemoryClient.OpenPacket()],
    ];

    [Fact]
    public void Session_over_polling_opens_polls_delivers_and_posts_one_request_of_each_kind_at_a_time()
    {
        var client = new MemoryClient(MemoryClient.PollingOnly);
        Assert.Equal(EngineIOClientState.Idle, client.Client.State);
        Assert.Null(client.Client.NextDeadline);
        Assert.Equal(SendResult.NotOpen, client.Send("early"));
        client.Client.Open(client.Now);
        client.Client.Open(client.Now);
        Assert.Equal([PollingGet], client.News);
        Assert.Equal(EngineIOClientState.Opening, client.Client.State);

        client.Answer(MemoryClient.OpenPacket() + "\u001e4first");
        Assert.Equal(["opened S", "text first", SessionGet], client.News);
        Assert.Equal(EngineIOClientState.Polling, client.Client.State);
        Assert.Equal(new EngineIOOpening("S", TimeSpan.FromSeconds(25), TimeSpan.FromSeconds(20), 100, true), client.Client.Opening);

        Assert.Equal(SendResult.Accepted, client.Send("a"));
        client.Send("b");
        client.Send("c");
        Assert.Equal([SessionPost + "4a"], client.News);
        Assert.Equal(6, client.Client.BufferedBytes);
        client.AnswerPost();
        Assert.Equal([SessionPost + "4b|4c"], client.News);
        client.AnswerPost();
        Assert.Equal(["SessionDrained"], client.News);
        Assert.Equal(0, client.Client.BufferedBytes);

        client.Answer("4x\u001ebAQI=\u001e6\u001e2");
        Assert.Equal(["text x", "bytes 0102", SessionGet, SessionPost + "3"], client.News);
    }

    [Fact]
    public void Bytes_are_base64_over_polling_and_themselves_over_a_WebSocket()
    {
        MemoryClient polling = MemoryClient.OpenPolling();
        Packet packet = Packet.Binary([1, 2]);
        Assert.Equal(5, polling.Client.SizeOf(packet));
        polling.Client.Send(packet);
        Assert.Equal([SessionPost + "bAQI="], polling.News);

        MemoryClient socket = MemoryClient.OpenWebSocket();
        Assert.Equal(2, socket.Client.SizeOf(packet));
        socket.Client.Send([Packet.Text("t"), packet]);
        Assert.Equal(["write 4t", "write 0102"], socket.News);
        socket.Client.ReceiveBinary(socket.WebSocket!, new byte[] { 7 }, socket.Now);
        Assert.Equal(["bytes 07"], socket.News);
    }

    [Fact]
    public void Posts_keep_to_the_payload_of_the_server()
    {
        MemoryClient client = MemoryClient.OpenPolling(maxPayload: 8);
        foreach (string text in (string[])["1", "22", "3333333", "44", "555", "6"])
            Assert.Equal(SendResult.Accepted, client.Send(text));
        List<string> bodies = [];
        while (client.Post is { } post)
        {
            bodies.Add(Encoding.UTF8.GetString(post.Body.Span).Replace('\u001e', '|'));
            client.AnswerPost();
        }

        Assert.Equal(["41", "422", "43333333", "444|4555", "46"], bodies);
    }

    [Fact]
    [Trait("Demand", "Q06")]
    public void Posts_have_no_more_packets_than_servers_in_Python_take()
    {
        MemoryClient client = MemoryClient.OpenPolling(maxPayload: 100_000);
        for (int i = 0; i < 1000; i++)
            client.Send($"{i}");
        List<string> messages = [];
        int posts = 0;
        for (; client.Post is { } post; posts++)
        {
            string[] packets = Encoding.UTF8.GetString(post.Body.Span).Split('\u001e');
            Assert.InRange(packets.Length, 1, 16);
            messages.AddRange(packets);
            client.AnswerPost();
        }

        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"4{i}"), messages);
        Assert.Equal(64, posts);

        client = MemoryClient.OpenPolling(MemoryClient.PollingOnly with { MaxPacketsPerPost = 2 });
        client.Send("first");
        client.Send("a");
        client.Send("b");
        client.Send("c");
        client.AnswerPost();
        Assert.Equal([SessionPost + "4first", SessionPost + "4a|4b"], client.News);
    }

    [Fact]
    public void Posts_keep_to_the_usual_payload_where_the_server_has_said_none()
    {
        MemoryClient client = MemoryClient.OpenPolling(maxPayload: 0);
        Assert.Null(client.Client.Opening!.MaxPayload);
        client.Send("first");
        Assert.Equal(SendResult.Accepted, client.Send(new string('x', 999_990)));
        client.Send(new string('y', 100));
        client.AnswerPost();
        Assert.Equal(999_991, client.Post!.Body.Length);
    }

    [Fact]
    [Trait("Demand", "Q05")]
    public void Message_above_the_payload_of_the_server_is_refused_here_and_harms_nothing()
    {
        MemoryClient polling = MemoryClient.OpenPolling();
        Assert.Equal(SendResult.Accepted, polling.Send(new string('x', 99)));
        Assert.Equal(SendResult.TooLarge, polling.Send(new string('x', 100)));
        Assert.Equal(SendResult.TooLarge, polling.Client.Send([Packet.Text("head"), Packet.Binary(new byte[75])]));
        Assert.Equal(SendResult.Accepted, polling.Client.Send(Packet.Binary(new byte[72])));
        Assert.Equal([SessionPost + "4" + new string('x', 99)], polling.News);

        MemoryClient socket = MemoryClient.OpenWebSocket();
        Assert.Equal(SendResult.TooLarge, socket.Client.Send(Packet.Binary(new byte[101])));
        Assert.Equal(SendResult.Accepted, socket.Client.Send(Packet.Binary(new byte[100])));
        Assert.Equal(EngineIOClientState.WebSocket, socket.Client.State);
    }

    [Fact]
    public void Separator_goes_over_a_WebSocket_alone()
    {
        Assert.Equal(SendResult.NotCarried, MemoryClient.OpenPolling().Send("a\u001eb"));
        Assert.Equal(SendResult.Accepted, MemoryClient.OpenWebSocket().Send("a\u001eb"));
    }

    [Fact]
    public void Session_over_a_WebSocket_opens_delivers_and_ends_with_it()
    {
        var client = new MemoryClient(MemoryClient.WebSocketOnly);
        client.Client.Open(client.Now);
        Assert.Equal(["open EIO=4&transport=websocket"], client.News);
        client.Client.ReceiveWebSocketOpened(client.WebSocket!);
        Assert.Empty(client.News);
        client.Text(MemoryClient.OpenPacket());
        client.Text("4hello");
        client.Text("2");
        client.Text("6");
        client.Text("3");
        Assert.Equal(["opened S", "text hello", "write 3"], client.News);
        Assert.Equal(1, client.Client.BufferedBytes);
        client.Client.ReceiveWritten(client.WebSocket!, 1);
        Assert.Equal(["SessionDrained"], client.News);
        client.Client.ReceiveWritten(client.WebSocket!, 0);
        Assert.Empty(client.News);
        client.Client.ReceiveWebSocketClosed(client.WebSocket!, 1001, client.Now);
        Assert.Equal(["closed transport close WebSocketClosed"], client.News);
        Assert.Equal("The WebSocket was closed (WebSocket, close code 1001).", client.Failure!.ToString());
        Assert.Null(client.Client.NextDeadline);
    }

    [Fact]
    public void Upgrade_waits_for_both_requests_and_then_sends_what_waits_over_the_WebSocket()
    {
        MemoryClient client = MemoryClient.OpenProbing();
        Assert.Equal([PollingGet, "opened S", "open EIO=4&transport=websocket&sid=S", SessionGet, "write 2probe"], client.Log);
        client.Send("before");
        client.Text("3probe");
        Assert.Equal(EngineIOClientState.Pausing, client.Client.State);
        client.Send("later");
        Assert.Equal([SessionPost + "4before"], client.News);
        client.Answer("4x\u001e2");
        Assert.Equal(["text x"], client.News);
        client.AnswerPost();
        Assert.Equal(["write 5", "SessionUpgraded", "write 4later", "write 3"], client.News);
        Assert.Equal((EngineIOClientState.WebSocket, EngineIOTransports.WebSocket), (client.Client.State, client.Client.Transport));
        // The probe's ping is told to be written last, and counts as what it is.
        Assert.Equal(6 + 1 + 6 + 1, client.Client.BufferedBytes);
        client.Client.ReceiveWritten(client.WebSocket!, 14);
        Assert.Equal(["SessionDrained"], client.News);
    }

    [Fact]
    public void Ping_of_a_probe_that_is_written_counts_no_more()
    {
        MemoryClient client = MemoryClient.OpenProbing();
        client.Client.ReceiveWritten(client.WebSocket!, 6);
        client.Text("3probe");
        client.Answer("6");
        Assert.Equal(1, client.Client.BufferedBytes);
    }

    [Theory]
    [InlineData("3")]
    [InlineData("3prob")]
    [InlineData("4x")]
    public void Probe_that_answers_something_else_is_dropped_and_polling_goes_on(string answer)
    {
        MemoryClient client = MemoryClient.OpenProbing();
        client.Text(answer);
        Assert.Equal(["end 1000", "failed WebSocket UpgradeMalformed"], client.News);
        Assert.Equal(EngineIOClientState.Polling, client.Client.State);
        client.Answer("4x");
        Assert.Equal(["text x", SessionGet], client.News);
    }

    [Fact]
    public void Probe_that_answers_twice_or_by_bytes_is_dropped()
    {
        MemoryClient client = MemoryClient.OpenProbing();
        client.Text("3probe");
        client.Text("3probe");
        Assert.Equal(["end 1000", "failed WebSocket UpgradeMalformed"], client.News);
        Assert.Equal(EngineIOClientState.Polling, client.Client.State);

        client = MemoryClient.OpenProbing();
        client.Client.ReceiveBinary(client.WebSocket!, default, client.Now);
        Assert.Equal(["end 1000", "failed WebSocket UpgradeMalformed"], client.News);
    }

    [Fact]
    [Trait("Demand", "Q40")]
    public void Upgrade_that_is_refused_lost_or_late_leaves_the_session_on_polling_and_says_so_once()
    {
        MemoryClient client = MemoryClient.OpenProbing();
        client.Client.ReceiveFailure(client.WebSocket!, client.Now, 400, Encoding.UTF8.GetBytes("""{"code":3,"message":"Bad request"}"""));
        Assert.Equal(["failed WebSocket Refused"], client.News);
        Assert.Equal("The server refused (WebSocket, status 400): Bad request", client.Failure!.ToString());

        client = MemoryClient.OpenProbing();
        client.Client.ReceiveWebSocketClosed(client.WebSocket!, null, client.Now);
        Assert.Equal(["failed WebSocket WebSocketClosed"], client.News);

        client = MemoryClient.OpenProbing();
        client.Advance(10);
        Assert.Equal(["end 1000", "failed WebSocket UpgradeTimeout"], client.News);
        client.Answer("4x");
        Assert.Equal(["text x", SessionGet], client.News);
        Assert.Equal(EngineIOClientState.Polling, client.Client.State);
    }

    [Fact]
    public void Upgrade_that_is_lost_while_the_session_pauses_polls_again()
    {
        MemoryClient client = MemoryClient.OpenProbing();
        client.Text("3probe");
        client.Send("waits");
        client.Send("too");
        client.Client.ReceiveWebSocketClosed(client.WebSocket!, 1006, client.Now);
        Assert.Equal(["failed WebSocket WebSocketClosed", SessionPost + "4waits|4too"], client.News);
    }

    [Fact]
    public void No_upgrade_is_tried_where_one_side_does_not_want_it()
    {
        var client = new MemoryClient();
        client.Client.Open(client.Now);
        client.Answer(MemoryClient.OpenPacket("1,\"webtransport\""));
        Assert.Equal(EngineIOClientState.Polling, client.Client.State);

        client = new MemoryClient(new() { Upgrades = false });
        client.Client.Open(client.Now);
        client.Answer(MemoryClient.OpenPacket());
        Assert.Equal(EngineIOClientState.Polling, client.Client.State);

        client = new MemoryClient();
        client.Client.Open(client.Now);
        client.Answer("""0{"sid":"a b&c","pingInterval":1,"pingTimeout":1,"upgrades":{}}""");
        Assert.Equal("GET EIO=4&transport=polling&sid=a%20b%26c", client.News[^1]);
    }

    [Theory]
    [MemberData(nameof(BadOpenings))]
    public void First_answer_that_opens_nothing_ends_the_session(string body)
    {
        var client = new MemoryClient(MemoryClient.PollingOnly);
        client.Client.Open(client.Now);
        client.Answer(body);
        Assert.Equal("closed parse error OpenMalformed, never open", client.News[^1]);
    }

    [Fact]
    public void Half_of_a_surrogate_pair_in_what_the_server_says_throws_nothing()
    {
        var client = new MemoryClient(MemoryClient.PollingOnly);
        client.Client.Open(client.Now);
        client.Answer("""0{"sid":"S","pingInterval":1,"pingTimeout":1,"maxPayload":1,"\ud83d":[]}""");
        Assert.Equal("closed parse error OpenMalformed, never open", client.News[^1]);

        client = new MemoryClient();
        client.Client.Open(client.Now);
        client.Answer("""0{"sid":"S","pingInterval":1,"pingTimeout":1,"upgrades":["\ud83d","websocket"]}""");
        Assert.Equal(EngineIOClientState.Probing, client.Client.State);

        client = MemoryClient.OpenPolling();
        client.Client.ReceiveFailure(client.Get!, client.Now, 400, Encoding.UTF8.GetBytes("""{"code":3,"message":"m","\ud83d":1}"""));
        _ = client.News;
        Assert.Equal((EngineIOClientError.Refused, 400), (client.Failure!.Error, client.Failure.Status));
    }

    [Fact]
    [Trait("Demand", "Q40")]
    public void WebSocket_that_is_blocked_falls_back_to_polling_within_a_bounded_time()
    {
        foreach (Action<MemoryClient> block in (Action<MemoryClient>[])
            [
                c => c.Client.ReceiveFailure(c.WebSocket!, c.Now, 400),
                c => c.Client.ReceiveFailure(c.WebSocket!, c.Now),
                c => c.Client.ReceiveWebSocketClosed(c.WebSocket!, 1006, c.Now),
                c => c.Text("nonsense"),
                c => c.Text("bAQI="),
                c => c.Client.ReceiveBinary(c.WebSocket!, default, c.Now),
                c => c.Advance(10),
            ])
        {
            var client = new MemoryClient(MemoryClient.WebSocketFirst);
            client.Client.Open(client.Now);
            _ = client.News;
            block(client);
            IReadOnlyList<string> news = [.. client.News.Where(line => line != "end 1000")];
            Assert.Equal(PollingGet, news[1]);
            Assert.StartsWith("failed WebSocket ", news[0], StringComparison.Ordinal);
            client.Answer(MemoryClient.OpenPacket());
            Assert.Equal(["opened S", SessionGet], client.News); // and does not ask for a WebSocket again
        }
    }

    [Fact]
    public void Polling_that_is_not_offered_falls_back_to_a_WebSocket()
    {
        var client = new MemoryClient();
        client.Client.Open(client.Now);
        client.Answer("""{"code":0,"message":"Transport unknown"}""", 400);
        Assert.Equal([PollingGet, "failed Polling Refused", "open EIO=4&transport=websocket"], client.News);
        client.Client.ReceiveFailure(client.WebSocket!, client.Now);
        Assert.Equal(["closed transport error Unreachable, never open"], client.News);

        client = new MemoryClient();
        client.Client.Open(client.Now);
        client.Answer("no\u001epackets"); // what follows counts no more
        Assert.Equal([PollingGet, "failed Polling OpenMalformed", "open EIO=4&transport=websocket"], client.News);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void Server_that_does_not_want_the_client_is_not_asked_again(int code)
    {
        var client = new MemoryClient();
        client.Client.Open(client.Now);
        client.Answer($$"""{"code":{{code}},"message":"No"}""", 403);
        Assert.Equal([PollingGet, "closed transport error Refused, never open"], client.News);
        Assert.Equal((403, code, "No"), (client.Failure!.Status, client.Failure.Code, client.Failure.Message));
        Assert.Equal($$"""{"code":{{code}},"message":"No"}""", Encoding.UTF8.GetString(client.Failure.Body.Span));
    }

    [Fact]
    public void Session_that_does_not_open_in_time_gives_its_request_up()
    {
        var client = new MemoryClient(new EngineIOClientOptions { FallsBack = false, OpenTimeout = TimeSpan.FromSeconds(3) });
        client.Client.Open(client.Now);
        EngineIOClientRequest? late = client.News.Count > 0 ? client.Get : null;
        client.Advance(3);
        Assert.Equal(["abandon GET", "closed transport error OpenTimeout, never open"], client.News);
        client.Client.ReceiveAnswer(late!, 200, Encoding.UTF8.GetBytes(MemoryClient.OpenPacket()), client.Now);
        client.Client.ReceiveFailure(late!, client.Now);
        Assert.Empty(client.News);
    }

    [Fact]
    public void Failures_of_an_open_session_end_it()
    {
        MemoryClient client = MemoryClient.OpenPolling();
        client.Answer("""{"code":1,"message":"Session ID unknown"}""", 400);
        Assert.Equal(["closed transport error Refused"], client.News);

        client = MemoryClient.OpenPolling();
        client.Send("a");
        client.AnswerPost("Payload too large", 413);
        Assert.Equal(["abandon GET", "closed transport error Refused"], client.News.TakeLast(2));
        Assert.Equal("The server refused (polling, status 413).", client.Failure!.ToString());

        client = MemoryClient.OpenPolling();
        client.Send("a");
        client.Client.ReceiveFailure(client.Get!, client.Now);
        Assert.Equal(["abandon POST", "closed transport error Unreachable"], client.News.TakeLast(2));

        client = MemoryClient.OpenPolling();
        client.Answer("4a\u001e1\u001e4b");
        Assert.Equal(["text a", "closed transport close ClosedByServer"], client.News);

        foreach (string packet in (string[])["9", "", "5", "0{}"])
        {
            client = MemoryClient.OpenWebSocket();
            client.Text(packet);
            Assert.Equal(["end 1002", "closed parse error PacketMalformed"], client.News);
        }

        client = MemoryClient.OpenPolling();
        client.Answer("4a\u001e\u001e4b");
        Assert.Equal(["text a", "closed parse error PacketMalformed"], client.News);
    }

    [Fact]
    public void Server_that_is_silent_for_an_interval_and_a_timeout_is_gone()
    {
        MemoryClient client = MemoryClient.OpenPolling();
        client.Advance(44);
        client.Answer("6");
        client.Advance(44.9);
        Assert.Equal([SessionGet], client.News);
        client.Advance(0.1);
        Assert.Equal(["abandon GET", "closed ping timeout Silence"], client.News);
    }

    [Fact]
    [Trait("Demand", "Q04")]
    public void Bytes_that_arrive_are_life()
    {
        MemoryClient client = MemoryClient.OpenWebSocket();
        for (int i = 0; i < 5; i++)
        {
            client.Advance(40);
            client.Client.ReceiveActivity(client.WebSocket!, client.Now);
        }

        client.Client.ReceiveActivity(MemoryClient.OpenWebSocket().WebSocket!, client.Now);
        Assert.Empty(client.News);

        client = MemoryClient.OpenPolling();
        client.Send("a");
        client.Advance(40);
        client.Client.ReceiveActivity(client.Get!, client.Now);
        client.Advance(40);
        client.Client.ReceiveActivity(client.Post!, client.Now);
        client.Advance(40);
        Assert.Equal(EngineIOClientState.Polling, client.Client.State);
        var opening = new MemoryClient(MemoryClient.WebSocketOnly);
        opening.Client.Open(opening.Now);
        _ = opening.News;
        opening.Client.ReceiveActivity(opening.WebSocket!, opening.Now);
        Assert.Equal(opening.Now + TimeSpan.FromSeconds(10), opening.Client.NextDeadline);
    }

    [Fact]
    public void Process_that_stood_still_waits_once_more()
    {
        MemoryClient client = MemoryClient.OpenWebSocket();
        client.Now += TimeSpan.FromSeconds(60);
        client.Client.OnTimer(client.Now);
        Assert.Empty(client.News);
        Assert.Equal(client.Now + TimeSpan.FromSeconds(1), client.Client.NextDeadline);
        client.Now += TimeSpan.FromSeconds(60);
        client.Client.OnTimer(client.Now);
        Assert.Equal(["end 1008", "closed ping timeout Silence"], client.News);
    }

    [Fact]
    [Trait("Demand", "Q03")]
    public void Close_over_polling_sends_what_waits_and_then_the_close_packet()
    {
        MemoryClient client = MemoryClient.OpenPolling();
        client.Send("a");
        client.Send("b");
        client.Client.Close(client.Now);
        client.Client.Close(client.Now);
        Assert.Equal(EngineIOClientState.Closing, client.Client.State);
        Assert.Equal(SendResult.NotOpen, client.Send("c"));
        client.Answer("4ignored");
        client.AnswerPost();
        client.AnswerPost();
        Assert.Equal([SessionPost + "4a", SessionPost + "4b|1", "closed forced close by us"], client.News);
    }

    [Fact]
    public void Close_ends_though_requests_fail_or_hang()
    {
        MemoryClient client = MemoryClient.OpenPolling();
        client.Send("a");
        client.Client.Close(client.Now, discard: true);
        client.Client.ReceiveFailure(client.Get!, client.Now);
        client.Client.ReceiveFailure(client.Post!, client.Now);
        Assert.Equal([SessionPost + "4a", "closed forced close by us"], client.News);

        client = MemoryClient.OpenProbing();
        client.Client.Close(client.Now);
        client.Advance(5);
        Assert.Equal(["end 1000", SessionPost + "1", "abandon GET", "abandon POST", "closed forced close by us"], client.News);
    }

    [Fact]
    public void Close_of_a_session_that_is_not_open_or_has_a_WebSocket_is_its_end()
    {
        var client = new MemoryClient();
        client.Client.Close(client.Now);
        Assert.Equal(["closed forced close by us, never open"], client.News);

        client = new MemoryClient();
        client.Client.Open(client.Now);
        client.Client.Close(client.Now);
        Assert.Equal([PollingGet, "abandon GET", "closed forced close by us, never open"], client.News);

        client = MemoryClient.OpenWebSocket();
        client.Send("a");
        client.Client.Close(client.Now);
        Assert.Equal(["write 4a", "end 1000", "closed forced close by us"], client.News);
    }

    [Fact]
    public void What_belongs_to_no_request_of_the_session_changes_nothing()
    {
        MemoryClient client = MemoryClient.OpenPolling();
        EngineIOClientRequest other = MemoryClient.OpenWebSocket().WebSocket!;
        client.Client.ReceiveAnswer(other, 200, default, client.Now);
        client.Client.ReceiveFailure(other, client.Now);
        client.Client.ReceiveText(other, default, client.Now);
        client.Client.ReceiveBinary(other, default, client.Now);
        client.Client.ReceiveWebSocketOpened(other);
        client.Client.ReceiveWebSocketClosed(other, 1000, client.Now);
        client.Client.ReceiveWritten(other, 1);
        client.Client.ReceiveText(null!, default, client.Now);
        client.Client.ReceiveBinary(null!, default, client.Now);
        client.Client.ReceiveWebSocketOpened(null!);
        client.Client.ReceiveActivity(null!, client.Now);
        client.Client.ReceiveWritten(null!, 1);
        Assert.Empty(client.News);
        other.Tag = client;
        Assert.Same(client, other.Tag);
    }

    [Fact]
    public void Options_that_cannot_be_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new EngineIOClientOptions { Transports = [] });
        Assert.Throws<ArgumentException>(
            () => new EngineIOClientOptions { Transports = [EngineIOTransports.Polling, EngineIOTransports.Polling] });
        Assert.Throws<ArgumentException>(
            () => new EngineIOClientOptions { Transports = [EngineIOTransports.Polling | EngineIOTransports.WebSocket] });
        Assert.Throws<ArgumentOutOfRangeException>(() => new EngineIOClientOptions { OpenTimeout = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>(() => new EngineIOClientOptions { UpgradeTimeout = TimeSpan.FromDays(30) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new EngineIOClientOptions { CloseTimeout = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>(() => new EngineIOClientOptions { MaxPacketsPerPost = 0 });
    }

    [Fact]
    public void Each_error_has_a_reason_and_a_sentence()
    {
        foreach (EngineIOClientError error in Enum.GetValues<EngineIOClientError>())
        {
            foreach (EngineIOTransports transport in (EngineIOTransports[])[EngineIOTransports.Polling, EngineIOTransports.WebSocket])
            {
                var failure = new EngineIOFailure(error, transport);
                Assert.NotEqual(CloseReason.ForcedClose, failure.Reason);
                Assert.EndsWith(").", failure.ToString(), StringComparison.Ordinal);
            }
        }

        Assert.Throws<SwitchExpressionException>(() => new EngineIOFailure((EngineIOClientError)99, EngineIOTransports.Polling).Reason);
        Assert.Throws<SwitchExpressionException>(() => new EngineIOFailure((EngineIOClientError)99, EngineIOTransports.Polling).ToString());
    }

    [Fact]
    public void State_machine_goes_from_idle_to_closed_and_no_further()
    {
        var rows = ClientStateMachine.Rows().ToList();
        Assert.DoesNotContain(rows, row => row.From == EngineIOClientState.Closed);
        Assert.Equal(7, rows.Count(row => row.Trigger == ClientTrigger.End));
        Assert.Equal(
            Enum.GetValues<EngineIOClientState>(),
            rows.Select(row => row.From).Append(EngineIOClientState.Closed).Distinct().Order());
    }

    [Fact]
    public void Pings_that_come_before_a_pong_has_left_are_answered_by_that_one_over_polling()
    {
        MemoryClient client = MemoryClient.OpenPolling(maxPayload: 1000);
        client.Answer("2\u001e2\u001e2");
        Assert.Equal("3", Encoding.UTF8.GetString(client.Post!.Body.Span));
        client.Answer("2\u001e2");
        Assert.Equal(1, client.Client.BufferedBytes);
        client.AnswerPost();
        Assert.Null(client.Post);
        client.Answer("2");
        Assert.Equal("3", Encoding.UTF8.GetString(client.Post!.Body.Span));
    }

    [Fact]
    public void Pings_that_come_before_a_pong_has_left_are_answered_by_that_one_over_a_WebSocket()
    {
        MemoryClient client = MemoryClient.OpenWebSocket();
        client.Send("a");
        _ = client.News;
        client.Text("2");
        client.Text("2");
        Assert.Equal(["write 3"], client.News);
        client.Client.ReceiveWritten(client.WebSocket!, 2);
        client.Text("2");
        Assert.Empty(client.News);
        client.Client.ReceiveWritten(client.WebSocket!, 1);
        _ = client.News;
        client.Text("2");
        Assert.Equal(["write 3"], client.News);
    }
}
