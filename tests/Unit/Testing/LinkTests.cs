using WsProto.Testing.Generators;
using WsProto.Tests.Extensions.Samples;

namespace WsProto.Tests.Testing;

public class LinkTests
{
    private static readonly TextMessage _question = new("question");
    private static readonly TextMessage _answer = new("answer");

    [Fact]
    public void What_is_posted_waits_until_it_is_carried()
    {
        using Link link = Link.Established();
        link.Post(ConnectionRole.Server, _question);
        Assert.Equal(10, link.WaitingFor(ConnectionRole.Client));
        Assert.Empty(link.Carry(ConnectionRole.Client, 9));
        Assert.Equal([_question], link.Carry(ConnectionRole.Client));
        Assert.Equal(0, link.WaitingFor(ConnectionRole.Client));
        Assert.Equal([_question], link.EventsOf(ConnectionRole.Client));
    }

    [Fact]
    public void An_answer_goes_onto_the_wire_at_once()
    {
        using Link link = Link.Established();
        link.Answer(ConnectionRole.Server, _ => [_answer]);
        Assert.Equal([_question], link.Send(ConnectionRole.Client, _question));
        Assert.Equal([_answer], link.Carry(ConnectionRole.Client));
    }

    [Theory]
    [InlineData(Way.Span)]
    [InlineData(Way.Sequence)]
    [InlineData(Way.Buffer)]
    public void A_run_ends_when_nobody_has_more_to_say(Way way)
    {
        using Link link = Link.Connected();
        link.Answer(ConnectionRole.Server, e => e == _question ? [_answer, _answer] : []);
        link.Answer(ConnectionRole.Client, e => e == _answer && link.EventsOf(ConnectionRole.Client).Count < 4 ? [_question] : []);
        link.Post(ConnectionRole.Client, _question);
        int carried = link.Run(new Cutting([0, 1, 5], way));
        Assert.Equal(Enumerable.Repeat(_question, 4), link.EventsOf(ConnectionRole.Server));
        Assert.Equal(Enumerable.Repeat(_answer, 8), link.EventsOf(ConnectionRole.Client));
        Assert.Equal((4 * (2 + 4 + 8)) + (8 * (2 + 6)), carried);
    }

    [Fact]
    public void A_run_stops_after_as_many_bytes_as_it_may_carry()
    {
        using Link link = Link.Established();
        link.Post(ConnectionRole.Client, _question);
        link.Post(ConnectionRole.Server, _question);
        Assert.Equal(5, link.Run(new Cutting([1]), maxBytes: 5));
        Assert.Equal((14 - 3, 10 - 2), (link.WaitingFor(ConnectionRole.Server), link.WaitingFor(ConnectionRole.Client)));
        Assert.Equal(24 - 5, link.Run());
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void A_closing_handshake_that_is_run_ends_both_streams(ConnectionRole role)
    {
        using Link link = Link.Connected();
        link.Answer(link.PeerOf(role).Role, e => [((CloseConnection)e).Response()]);
        link.Post(role, new CloseConnection(CloseCode.NormalClosure));
        link.Run();
        Assert.Equal([new CloseConnection(CloseCode.NormalClosure)], link.EventsOf(ConnectionRole.Client));
        Assert.Equal([new CloseConnection(CloseCode.NormalClosure)], link.EventsOf(ConnectionRole.Server));
        Assert.Equal((ConnectionState.Closed, ConnectionState.Closed), (link.Client.State, link.Server.State));
    }

    [Fact]
    public void An_end_that_is_gone_is_lost_to_the_other()
    {
        using Link link = Link.Connected();
        link.Server.Dispose();
        link.Post(ConnectionRole.Client, _question);
        link.Run();
        Assert.Equal([new CloseConnection(CloseCode.AbnormalClosure)], link.EventsOf(ConnectionRole.Client));
    }

    [Fact]
    public void What_is_on_a_wire_that_breaks_never_arrives()
    {
        using Link link = Link.Established();
        link.Post(ConnectionRole.Client, _question);
        link.Post(ConnectionRole.Server, _question);
        Assert.Equal([new CloseConnection(CloseCode.AbnormalClosure)], link.Break(ConnectionRole.Server));
        link.Post(ConnectionRole.Client, _question);
        Assert.Equal(0, link.WaitingFor(ConnectionRole.Server));
        Assert.Equal([_question], link.Carry(ConnectionRole.Client));
    }

    [Fact]
    public void Ends_that_never_come_to_rest_are_stopped()
    {
        using Link link = Link.Established();
        link.Answer(ConnectionRole.Client, e => [e]);
        link.Answer(ConnectionRole.Server, e => [e]);
        link.Post(ConnectionRole.Client, new Ping());
        Assert.Throws<UnexpectedOutcomeException>(() => link.Run());
    }

    [Fact]
    public void Ends_that_do_not_agree_are_not_connected() =>
        Assert.Throws<UnexpectedOutcomeException>(() => Link.Connected(
            new Request("example.com", "/") { Extensions = [new ScriptedExtension { OnConfirm = _ => null }] },
            new AcceptConnection { Extensions = [new ScriptedExtension { OnAccept = offer => new ScriptedCodec(offer) }] }));
}
