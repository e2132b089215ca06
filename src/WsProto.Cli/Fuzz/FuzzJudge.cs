// What a server must do for an input, whatever it is for: break no rule itself, answer Pings and the Close, end the connection, and do the
// same however the octets were cut. RFC 6455 leaves it open whether a server that fails a connection says so by a Close.

using System;
using System.Globalization;
using System.Linq;

namespace WsProto.Cli.Fuzz;

internal static class FuzzJudge
{
    private const string ClosingRule = "RFC 6455 §7.1.1";

    /// <summary>What is wrong with a connection.</summary>
    /// <param name="exchange">The connection.</param>
    /// <param name="isEcho">Whether the server sends each message back.</param>
    /// <returns>Null for nothing.</returns>
    public static FuzzFinding? Find(FuzzExchange exchange, bool isEcho)
    {
        FuzzReading answer = exchange.Answer;
        if (answer.Violation is { } broken)
            return new FuzzFinding(FuzzFinding.Forbidden, broken.Rule, broken.Text);
        if (answer.HasMore)
            return new FuzzFinding(FuzzFinding.Forbidden, "RFC 6455 §5.5.1", "there are octets behind its Close");
        if (isEcho && FindInEcho(exchange) is { } echo)
            return echo;
        // A Close of ours comes back with its code.
        if (exchange.Input is { Violation: null, Close: null } && answer.Close is CloseCode.ProtocolError or CloseCode.InvalidPayloadData)
        {
            string text = string.Create(CultureInfo.InvariantCulture, $"it closes with {(int)answer.Close}, and no rule was broken");
            return new FuzzFinding(FuzzFinding.Blames, "RFC 6455 §7.4.1", text);
        }

        if (exchange.End == FuzzEnd.LeftOpen)
            return FindOpen(exchange);
        if (exchange is { IsClosedHere: true, IsAnswered: false } && exchange.Input.Pings.Count > 0 && !HasPong(exchange))
            return new FuzzFinding(FuzzFinding.NoPong, "RFC 6455 §5.5.2", "the last Ping has no Pong with its payload");
        // Behind a Close octets may lie unread, and take the answer with them when the stream is ended.
        bool isCloseDue = exchange.IsClosedHere || exchange.Input is { Close: not null, HasMore: false };
        if (isCloseDue && answer.Close is null)
        {
            string how = exchange.End == FuzzEnd.Reset ? "is broken off" : "ends";
            return new FuzzFinding(FuzzFinding.NoClose, "RFC 6455 §5.5.1", $"the connection {how} without a Close in answer to ours");
        }

        return null;
    }

    /// <summary>What a server does otherwise for the same octets.</summary>
    /// <param name="whole">They came in one segment.</param>
    /// <param name="cut">They came in several.</param>
    /// <returns>Null for nothing.</returns>
    public static FuzzFinding? Compare(FuzzExchange whole, FuzzExchange cut)
    {
        string? difference = null;
        if (whole.Answer.Close is { } code && cut.Answer.Close is { } other && code != other)
            difference = string.Create(CultureInfo.InvariantCulture, $"it closes with {(int)other}, and with {(int)code} for one segment");
        else if (whole.IsClosedHere && cut.IsClosedHere && !whole.Answer.Messages.SequenceEqual(cut.Answer.Messages))
            difference = "it sends other messages than for one segment";
        return difference is null ? null : new FuzzFinding(FuzzFinding.Differs, "RFC 6455 §5.4", difference);
    }

    private static FuzzFinding FindOpen(FuzzExchange exchange)
    {
        if (exchange.Input.Violation is { } broken)
            return new FuzzFinding(FuzzFinding.StaysOpen, broken.Rule, $"the connection stays open after this: {broken.Text}");
        bool isClosed = exchange.IsClosedHere || exchange.Input.Close is not null || exchange.Answer.Close is not null;
        return isClosed
            ? new FuzzFinding(FuzzFinding.StaysOpen, ClosingRule, "the connection stays open after the Close")
            : new FuzzFinding(FuzzFinding.StaysOpen, "RFC 6455 §7.1.5", "the connection stays open after the end of the stream");
    }

    private static bool HasPong(FuzzExchange exchange) =>
        exchange.Answer.Pongs.Any(pong => pong.AsSpan().SequenceEqual(exchange.Input.Pings[^1]));

    /// <summary>All messages come back where nothing was wrong; else the first of them, as what is wrong may end all.</summary>
    private static FuzzFinding? FindInEcho(FuzzExchange exchange)
    {
        (int sent, int came) = (exchange.Input.Messages.Count, exchange.Answer.Messages.Count);
        for (int i = 0; i < came; i++)
        {
            string number = (i + 1).ToString(CultureInfo.InvariantCulture);
            if (i >= sent)
                return new FuzzFinding(FuzzFinding.Echo, "", $"message {number} of the server was never sent to it");
            if (!exchange.Answer.Messages[i].Equals(exchange.Input.Messages[i]))
                return new FuzzFinding(FuzzFinding.Echo, "", $"message {number} comes back otherwise");
        }

        return exchange.IsClosedHere && came < sent
            ? new FuzzFinding(FuzzFinding.Echo, "", string.Create(CultureInfo.InvariantCulture, $"{came} of {sent} messages come back"))
            : null;
    }
}
