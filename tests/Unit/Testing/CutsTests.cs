using System.Text;
using WsProto.Testing.Generators;

namespace WsProto.Tests.Testing;

/// <summary>What tests others has to see their faults.</summary>
public class CutsTests
{
    private static readonly byte[] _text = Wire.FrameFor(ConnectionRole.Client, Opcode.Text, "text"u8.ToArray());

    [Theory]
    [InlineData(3)]
    [InlineData(601)]
    [InlineData(70_001)]
    public void A_reader_that_depends_on_the_pieces_is_found(int length)
    {
        byte[] input = Wire.Repeat(7, length);
        Assert.Equal(length, Cuts.Same(input, pieces => pieces.Sum(piece => piece.Length)));
        UnexpectedOutcomeException failure = Assert.Throws<UnexpectedOutcomeException>(
            () => Cuts.Same(input, pieces => pieces[^1].Length == 1));
        Assert.Matches("^Cut (at|in pieces of) [0-9]+:\n  whole False\n  cut   True$", failure.Message);
    }

    [Fact]
    public void Text_that_is_decoded_piece_by_piece_is_found() =>
        Assert.Throws<UnexpectedOutcomeException>(
            () => Cuts.Same("é"u8.ToArray(), pieces => string.Concat(pieces.Select(Encoding.UTF8.GetString))));

    [Fact]
    public void A_caller_that_depends_on_the_pieces_is_found()
    {
        int received = 0;
        WsConnection Create()
        {
            received++;
            return WsConnection.Established(ConnectionRole.Client);
        }

        Assert.Equal([new TextMessage("text")], Cuts.Run(Create, _text).Events);
        received = 0;
        Assert.Throws<UnexpectedOutcomeException>(() => Cuts.Run(Create, _text, act: (connection, _) =>
        {
            if (received == 5)
                connection.Send(new CloseConnection(CloseCode.NormalClosure));
        }));
    }

    [Fact]
    public void Other_events_than_those_expected_are_found()
    {
        static WsConnection Create() => WsConnection.Established(ConnectionRole.Client);
        Cuts.Expect(Create, _text, ConnectionState.Open, new TextMessage("text"));
        Assert.Throws<UnexpectedOutcomeException>(() => Cuts.Expect(Create, _text, ConnectionState.Open, new TextMessage("other")));
        Assert.Throws<UnexpectedOutcomeException>(() => Cuts.Expect(Create, _text, ConnectionState.Closed, new TextMessage("text")));
    }

    [Fact]
    public void What_differs_is_shown_with_its_payload()
    {
        var outcome = new ConnectionOutcome(
            [
                new TextMessage("abc"), new BytesMessage(new byte[] { 1, 0xAB }), new Pong(new byte[] { 7 }), new Ping(),
                new BytesMessage(new byte[300]),
            ],
            ConnectionState.Open);
        Assert.All(
            (string[])["Open: ", "'abc'", " 01AB | ", " 07 | ", new string('0', 400) + "…"],
            part => Assert.Contains(part, outcome.ToString(), StringComparison.Ordinal));
        Assert.NotEqual(outcome.ToString(), new ConnectionOutcome([new TextMessage("abd")], ConnectionState.Open).ToString());
    }

    [Fact]
    public void Pieces_are_the_input_in_the_sizes_over_and_over() =>
        Assert.Equal([[1, 2], [], [3], [4, 5], [], [6]], new Cutting([2, 0, 1]).Pieces([1, 2, 3, 4, 5, 6]));

    [Theory]
    [InlineData]
    [InlineData(0, 0)]
    [InlineData(2, -1)]
    public void A_cutting_without_pieces_is_refused(params int[] sizes) =>
        Assert.Throws<ArgumentException>(() => new Cutting(sizes));

    [Fact]
    public void A_cutting_is_checked_however_it_is_made()
    {
        Assert.Throws<ArgumentNullException>(() => new Cutting(null!));
        Assert.Throws<ArgumentException>(() => Cutting.None with { Sizes = [0] });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Cutting([1], Way.Span, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Cutting.None with { ReadEvery = -1 });
    }
}
