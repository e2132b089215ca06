using System.Text;

namespace WsProto.SocketIO.Tests;

/// <summary>A client in its namespaces, on made-up time.</summary>
public class ConnectionTests
{
    private readonly SocketIOConnection _connection = new(options: null, TimeSpan.Zero);

    [Fact]
    public void Client_asks_is_accepted_talks_and_leaves()
    {
        Assert.Equal(SocketIOInputKind.ConnectRequested, Receive("0{\"token\":1}").Kind);
        Assert.Equal(NamespaceState.Connecting, _connection.StateOf("/"));
        Assert.True(_connection.Accept("/"));
        Assert.Equal(NamespaceState.Connected, _connection.StateOf("/"));
        Assert.Equal("x", Receive("2[\"x\"]").Packet!.Event);
        Assert.Equal(SocketIOInputKind.AckReceived, Receive("31[]").Kind);
        Assert.Equal(SocketIOInputKind.Nothing, Receive("51-[\"y\"]").Kind);
        Assert.Equal(SocketIOInputKind.EventReceived, _connection.ReceiveBinary(new byte[1]).Kind);
        Assert.Equal(SocketIOInputKind.Left, Receive("1").Kind);
        Assert.Equal(NamespaceState.Left, _connection.StateOf("/"));
        Assert.Null(_connection.NextDeadline);
    }

    [Fact]
    public void Namespaces_are_apart()
    {
        Connect("/a");
        Assert.Equal(SocketIOInputKind.ConnectRequested, Receive("0/b,").Kind);
        Assert.True(_connection.Refuse("/b"));
        Assert.Equal(NamespaceState.Left, _connection.StateOf("/b"));
        Assert.Equal(SocketIOInputKind.EventReceived, Receive("2/a,[\"x\"]").Kind);
        Assert.Equal(SocketIOInputKind.ConnectRequested, Receive("0/b,").Kind);
    }

    [Theory]
    [InlineData("2[\"x\"]", SocketIOError.NotConnected)]
    [InlineData("31[]", SocketIOError.NotConnected)]
    [InlineData("2/b,[\"x\"]", SocketIOError.NotConnected)]
    [InlineData("4{}", SocketIOError.NotConnected)]
    [InlineData("2[", SocketIOError.PayloadMalformed)]
    public void What_breaks_a_rule_ends_all(string text, SocketIOError expected)
    {
        Connect("/a");
        Assert.Equal(new SocketIOInput(SocketIOInputKind.Violated, Error: expected), Receive(text));
        Assert.Equal(NamespaceState.Left, _connection.StateOf("/a"));
        Assert.Null(_connection.NextDeadline);
        Assert.Equal(default, Receive("2/a,[\"x\"]"));
        Assert.Equal(default, _connection.ReceiveBinary(new byte[1]));
        Assert.False(_connection.Disconnect("/a"));
    }

    [Theory]
    [InlineData("\"text\"")]
    [InlineData("[{}]")]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("-1")]
    public void Client_that_brings_no_object_is_to_be_refused_and_may_ask_again(string auth)
    {
        SocketIOInput input = Receive("0" + auth);
        Assert.Equal(("/", SocketIOInputKind.AuthMalformed), (input.Packet!.Namespace, input.Kind));
        Assert.Equal(NamespaceState.Left, _connection.StateOf("/"));
        Assert.Equal(SocketIOInputKind.ConnectRequested, Receive("0{}").Kind);
        Assert.Equal(default, Receive("0" + auth));
        Assert.True(_connection.Accept("/"));
        Assert.Equal(default, Receive("0" + auth));
        Assert.Equal(NamespaceState.Connected, _connection.StateOf("/"));
    }

    /// <summary>npm's client asks twice where its application calls connect() twice, and takes the first answer.</summary>
    [Fact]
    public void Asking_again_changes_nothing()
    {
        Receive("0");
        Assert.Equal(default, Receive("0"));
        Assert.True(_connection.Accept("/"));
        Assert.False(_connection.Accept("/"));
        Assert.Equal(default, Receive("0"));
        Assert.Equal(SocketIOInputKind.EventReceived, Receive("2[\"x\"]").Kind);
    }

    [Fact]
    public void Event_before_the_answer_breaks_a_rule()
    {
        Receive("0");
        Assert.Equal(SocketIOError.NotConnected, Receive("2[\"x\"]").Error);
    }

    [Fact]
    public void Client_that_leaves_before_the_answer_is_not_accepted()
    {
        Receive("0");
        Assert.Equal(SocketIOInputKind.Left, Receive("1").Kind);
        Assert.False(_connection.Accept("/"));
        Assert.False(_connection.Refuse("/"));
    }

    /// <summary>Both may leave at once, and neither has seen it of the other.</summary>
    [Fact]
    public void Leaving_twice_is_no_fault()
    {
        Connect("/");
        Assert.True(_connection.Disconnect("/"));
        Assert.False(_connection.Disconnect("/"));
        Assert.Equal(default, Receive("1"));
        Assert.Equal(SocketIOInputKind.ConnectRequested, Receive("0").Kind);
    }

    [Fact]
    public void Client_without_a_namespace_is_given_up_in_time()
    {
        Assert.Equal(TimeSpan.FromSeconds(45), _connection.NextDeadline);
        Receive("0/nope,");
        _connection.Refuse("/nope");
        Assert.Equal(default, _connection.OnTimer(TimeSpan.FromSeconds(44.999)));
        Assert.Equal(SocketIOError.ConnectTimeout, _connection.OnTimer(TimeSpan.FromSeconds(45)).Error);
    }

    [Fact]
    public void Client_that_has_left_its_namespaces_may_stay()
    {
        Connect("/");
        Receive("1");
        Assert.Equal(default, _connection.OnTimer(TimeSpan.FromDays(1)));
    }

    [Fact]
    public void Attachments_that_do_not_come_end_it()
    {
        Receive("51-[\"x\"]", at: 1);
        Assert.Equal(TimeSpan.FromSeconds(45), _connection.NextDeadline);
        var connection = new SocketIOConnection(
            new() { ConnectTimeout = TimeSpan.FromSeconds(100), AttachmentTimeout = TimeSpan.FromSeconds(5) },
            TimeSpan.Zero);
        connection.ReceiveText("0"u8.ToArray(), TimeSpan.Zero);
        connection.Accept("/");
        Assert.Null(connection.NextDeadline);
        connection.ReceiveText("52-[\"x\"]"u8.ToArray(), TimeSpan.FromSeconds(10));
        connection.ReceiveBinary(new byte[1]);
        Assert.Equal(TimeSpan.FromSeconds(15), connection.NextDeadline);
        Assert.Equal(default, connection.OnTimer(TimeSpan.FromSeconds(14)));
        Assert.Equal(SocketIOError.AttachmentMissing, connection.OnTimer(TimeSpan.FromSeconds(15)).Error);
        Assert.Null(connection.NextDeadline);
    }

    [Fact]
    public void Attachments_that_come_put_the_deadline_away()
    {
        Connect("/");
        Receive("51-[\"x\"]");
        Assert.NotNull(_connection.NextDeadline);
        Assert.True(_connection.AwaitsAttachments);
        _connection.ReceiveBinary(new byte[1]);
        Assert.False(_connection.AwaitsAttachments);
        Assert.Null(_connection.NextDeadline);
    }

    [Fact]
    public void What_has_crossed_the_end_of_a_namespace_is_ignored_and_the_others_stay()
    {
        Connect("/a");
        Connect("/b");
        Receive("51-/a,[\"x\"]");
        Assert.True(_connection.Disconnect("/a"));
        Assert.False(_connection.Disconnect("/a"));
        Assert.Equal(default, _connection.ReceiveBinary(new byte[1]));
        Assert.Equal(default, Receive("2/a,[\"x\"]"));
        Assert.Equal(default, Receive("3/a,1[]"));
        Assert.Equal(NamespaceState.Dismissed, _connection.StateOf("/a"));
        Assert.Equal(SocketIOInputKind.EventReceived, Receive("2/b,[\"x\"]").Kind);
        Assert.Equal(SocketIOInputKind.ConnectRequested, Receive("0/a,").Kind);
        Assert.True(_connection.Accept("/a"));
        Assert.Equal(SocketIOInputKind.EventReceived, Receive("2/a,[\"x\"]").Kind);
        Assert.True(_connection.Disconnect("/a"));
        Assert.Equal(default, Receive("1/a,"));
        Assert.Equal(SocketIOError.NotConnected, Receive("2/a,[\"x\"]").Error);
    }

    [Fact]
    public void Namespaces_that_a_client_was_taken_out_of_take_no_room()
    {
        var connection = new SocketIOConnection(new() { MaxNamespaces = 2 }, TimeSpan.Zero);
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(SocketIOInputKind.ConnectRequested, connection.ReceiveText(Encoding.UTF8.GetBytes($"0/{i},"), TimeSpan.Zero).Kind);
            Assert.True(connection.Accept($"/{i}"));
            Assert.True(connection.Disconnect($"/{i}"));
        }
    }

    [Fact]
    public void Namespaces_of_a_client_are_limited()
    {
        var connection = new SocketIOConnection(new() { MaxNamespaces = 2 }, TimeSpan.Zero);
        connection.ReceiveText("0/a,"u8.ToArray(), TimeSpan.Zero);
        connection.ReceiveText("0/b,"u8.ToArray(), TimeSpan.Zero);
        Assert.Equal(SocketIOError.TooManyNamespaces, connection.ReceiveText("0/c,"u8.ToArray(), TimeSpan.Zero).Error);
    }

    [Fact]
    public void State_machine_has_the_rows_that_it_has()
    {
        Assert.Equal(
            [
                "Left ReceiveConnect Connecting",
                "Left ReceiveDisconnect Left",
                "Connecting ReceiveConnect Connecting",
                "Connecting ReceiveDisconnect Left",
                "Connecting Accept Connected",
                "Connecting Refuse Left",
                "Connecting End Left",
                "Connected ReceiveConnect Connected",
                "Connected ReceiveDisconnect Left",
                "Connected ReceiveEvent Connected",
                "Connected ReceiveAck Connected",
                "Connected Disconnect Dismissed",
                "Connected End Left",
                "Dismissed ReceiveConnect Connecting",
                "Dismissed ReceiveDisconnect Left",
                "Dismissed ReceiveEvent Dismissed",
                "Dismissed ReceiveAck Dismissed",
                "Dismissed End Left",
            ],
            StateMachine.Rows().Select(row => $"{row.From} {row.Trigger} {row.To}"));
    }

    private void Connect(string path)
    {
        Receive($"0{path},");
        Assert.True(_connection.Accept(path));
    }

    private SocketIOInput Receive(string text, double at = 0) =>
        _connection.ReceiveText(Encoding.UTF8.GetBytes(text), TimeSpan.FromSeconds(at));
}
