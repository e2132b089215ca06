// How to test a protocol of your own with WsProto.Testing: every test here is about Dialogue, and none needs a network, thread or clock.

using FsCheck;
using FsCheck.Fluent;
using WsProto;
using WsProto.Testing;
using WsProto.Testing.Generators;

namespace Dialogues;

public class DialogueTests
{
    [Fact]
    public void An_answer_comes_to_who_asked()
    {
        #region link
        using Link link = Link.Connected();
        var client = new Dialogue(link.Client, question => "I do not know");
        var server = new Dialogue(link.Server, question => question.ToUpperInvariant());
        link.Answer(ConnectionRole.Client, client.Receive);
        link.Answer(ConnectionRole.Server, server.Receive);

        var answers = new List<string?>();
        link.Post(ConnectionRole.Client, client.Ask("louder", answers.Add));
        link.Post(ConnectionRole.Server, server.Ask("what time is it?", answers.Add));
        link.Run();

        Assert.Equal(["I do not know", "LOUDER"], answers.Order());
        Assert.Equal([new TextMessage("1?louder"), new TextMessage("1!I do not know")], link.EventsOf(ConnectionRole.Server));
        #endregion
    }

    #region law
    private sealed record Case(string[] Questions, Cutting Cutting)
    {
        public static Arbitrary<Case> Arbitrary { get; } = Arb.From(
            from count in Gen.Choose(0, 3)
            from questions in Texts.Any.ArrayOf(count)
            from cutting in Cutting.Any
            select new Case(questions, cutting),
            c =>
            [
                .. Shrinks.List(c.Questions, Texts.Shrink).Select(questions => c with { Questions = questions }),
                .. Cutting.Shrink(c.Cutting).Select(cutting => c with { Cutting = cutting }),
            ]);

        public override string ToString() => $"'{string.Join("', '", Questions)}' {Cutting}";
    }

    [Fact]
    public void Every_question_finds_its_answer_however_the_transport_cuts_it() => Law.Holds(Case.Arbitrary, 200, c =>
    {
        using Link link = Link.Connected();
        (Dialogue client, _) = Join(link);
        var answers = new List<string?>();
        foreach (string question in c.Questions)
            link.Post(ConnectionRole.Client, client.Ask(question, answers.Add));
        link.Run(c.Cutting);
        Assert.Equal(c.Questions, answers);
    });
    #endregion

    [Fact]
    public void A_connection_that_is_lost_at_any_byte_leaves_no_question_open()
    {
        #region loss
        int all = Lose(int.MaxValue);
        for (int bytes = 0; bytes < all; bytes++)
            Lose(bytes);

        static int Lose(int bytes)
        {
            using Link link = Link.Connected();
            (Dialogue client, Dialogue server) = Join(link);
            int ends = 0;
            link.Post(ConnectionRole.Client, client.Ask("are you there?", _ => ends++));
            link.Post(ConnectionRole.Server, server.Ask("and you?", _ => ends++));

            int carried = link.Run(new Cutting([1]), bytes);
            link.Break(ConnectionRole.Client);
            link.Break(ConnectionRole.Server);

            Assert.Equal((2, 0, 0), (ends, client.Open, server.Open));
            return carried;
        }
        #endregion
    }

    [Fact]
    public void Whatever_a_peer_sends_every_question_ends_once() => Law.Holds(WireStream.Arbitrary, 300, stream =>
    {
        using var connection = WsConnection.Established(ConnectionRole.Server);
        var dialogue = new Dialogue(connection, question => question);
        int ends = 0;
        connection.Send(dialogue.Ask("who are you?", _ => ends++));
        connection.Receive(stream.BytesFor(ConnectionRole.Server));
        connection.ReceiveEndOfStream();
        foreach (WsEvent e in connection.ReadEvents())
        {
            // What may not be sent throws.
            foreach (WsEvent answer in dialogue.Receive(e))
                connection.Send(answer);
        }

        Assert.Equal((1, ConnectionState.Closed), (ends, connection.State));
    });

    [Fact]
    public void A_peer_that_breaks_the_dialogue_is_closed_however_its_bytes_are_cut()
    {
        #region cuts
        byte[] input =
        [
            .. Heads.Request(),
            .. Wire.FrameFor(ConnectionRole.Server, Opcode.Text, "1?who"u8.ToArray(), fin: false),
            .. Wire.FrameFor(ConnectionRole.Server, Opcode.Ping, [7]),
            .. Wire.FrameFor(ConnectionRole.Server, Opcode.Continuation, " are you?"u8.ToArray()),
            .. Wire.FrameFor(ConnectionRole.Server, Opcode.Text, "nonsense"u8.ToArray()),
        ];

        ConnectionOutcome outcome = Cuts.Same(input, pieces =>
        {
            using var connection = new WsConnection(ConnectionRole.Server);
            var dialogue = new Dialogue(connection, question => $"who asked {question}");
            var sent = new List<WsEvent>();
            foreach (byte[] piece in pieces)
            {
                connection.Receive(piece);
                foreach (WsEvent e in connection.ReadEvents())
                {
                    foreach (WsEvent answer in e is Request ? [new AcceptConnection()] : dialogue.Receive(e))
                    {
                        connection.Send(answer);
                        sent.Add(answer);
                    }
                }
            }

            return new ConnectionOutcome(sent, connection.State);
        });

        WsEvent[] expected =
        [
            new AcceptConnection(),
            new Pong(new byte[] { 7 }),
            new TextMessage("1!who asked who are you?"),
            new CloseConnection(CloseCode.PolicyViolation),
        ];
        Assert.Equal(new ConnectionOutcome(expected, ConnectionState.LocalClosing), outcome);
        #endregion
    }

    private static (Dialogue Client, Dialogue Server) Join(Link link)
    {
        var client = new Dialogue(link.Client, question => question);
        var server = new Dialogue(link.Server, question => question);
        link.Answer(ConnectionRole.Client, client.Receive);
        link.Answer(ConnectionRole.Server, server.Receive);
        return (client, server);
    }
}
