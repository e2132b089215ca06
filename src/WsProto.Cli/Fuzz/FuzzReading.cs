// The octets of one direction as the core judges them, strictly: the messages and control frames up to the Close, or up to what breaks a
// rule.

using System;
using System.Collections.Generic;
using System.Linq;
using WsProto.Cli.Decode;
using WsProto.Extensions;

namespace WsProto.Cli.Fuzz;

internal sealed class FuzzReading : IDisposable
{
    private static readonly WsConnectionOptions _unlimited = new() { MaxMessageSize = null, MaxFragmentCount = null };

    private readonly FrameWalker _frame = new(0);
    private readonly WsConnection _judge;
    private bool _isOver;

    /// <param name="sender">Who sends the octets.</param>
    /// <param name="agreed">The compression that was agreed on; null for none.</param>
    public FuzzReading(Side sender, ExtensionElement? agreed)
    {
        ExtensionCodec? codec = agreed is null ? null : ObservedDeflate.CodecOf(sender, agreed);
        ConnectionRole receiver = sender == Side.Client ? ConnectionRole.Server : ConnectionRole.Client;
        _judge = WsConnection.Established(receiver, codec is null ? [] : [codec], _unlimited);
    }

    public List<Message> Messages { get; } = [];

    public List<byte[]> Pings { get; } = [];

    public List<byte[]> Pongs { get; } = [];

    /// <summary>The code of the Close; null where none has come.</summary>
    public CloseCode? Close { get; private set; }

    /// <summary>Whether octets have come behind the Close.</summary>
    public bool HasMore { get; private set; }

    /// <summary>What breaks a rule; null for nothing.</summary>
    public (string Text, string Rule)? Violation { get; private set; }

    /// <summary>Whether the next octet begins a frame, so that a Close may follow.</summary>
    public bool IsBetweenFrames => !_isOver && _frame.IsBetweenFrames;

    /// <summary>Takes octets.</summary>
    public void Add(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty && !_isOver)
        {
            if (Close is not null)
            {
                HasMore = true;
                return;
            }

            // No further than to the end of a frame, as a Close ends all.
            int taken = _frame.Take(octets);
            _judge.Receive(octets[..taken]);
            octets = octets[taken..];
            while (!_isOver && Close is null && _judge.TryReadEvent(out WsEvent? e))
                Take(e);
        }
    }

    /// <summary>All octets at once.</summary>
    public static FuzzReading Of(Side sender, ExtensionElement? agreed, IEnumerable<byte[]> segments)
    {
        var reading = new FuzzReading(sender, agreed);
        reading.Add([.. segments.SelectMany(segment => segment)]);
        return reading;
    }

    public void Dispose() => _judge.Dispose();

    private void Take(WsEvent e)
    {
        switch (e)
        {
            case Message message:
                Messages.Add(message);
                break;
            case Ping ping:
                Pings.Add(ping.Payload.ToArray());
                break;
            case Pong pong:
                Pongs.Add(pong.Payload.ToArray());
                break;
            // What the core has no room for breaks no rule; whether others take it is not known.
            case CloseConnection { Error: ProtocolError.MessageTooBig or ProtocolError.FrameTooBig }:
                _isOver = true;
                break;
            case CloseConnection { Error: { } error } failure:
                _isOver = true;
                Violation = (failure.Reason ?? $"{error}", RuleSections.Of(error));
                break;
            case CloseConnection close:
                Close = close.Code;
                break;
        }
    }
}
