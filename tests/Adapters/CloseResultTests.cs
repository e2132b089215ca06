using System.IO;

namespace WsProto.Adapters.Tests;

public sealed class CloseResultTests
{
    /// <summary>A reason of the peer goes to logs. It must begin no line there, nor command a terminal.</summary>
    [Fact]
    public void Result_is_one_line_whatever_the_peer_says()
    {
        var result = new WsCloseResult
        {
            Code = CloseCode.GoingAway,
            Reason = "a\r\nINFO b\u001b[2J\u0085\u202e",
            Cause = WsCloseCause.Peer,
            IsClean = true,
        };
        string text = result.ToString();
        Assert.DoesNotContain(text, c => char.IsControl(c) || c == '\u202e');
        Assert.StartsWith("WsCloseResult { Code = ", text);
        Assert.Contains("GoingAway", text);
        Assert.Contains("INFO b", text);
        Assert.EndsWith(", Cause = Peer, IsClean = True }", text);
    }

    [Fact]
    public void Result_says_what_broke_and_what_was_thrown()
    {
        var result = new WsCloseResult
        {
            Code = CloseCode.ProtocolError,
            Cause = WsCloseCause.ProtocolError,
            Error = ProtocolError.ReservedBitSet,
            Exception = new IOException("with words of its own"),
        };
        string text = result.ToString();
        Assert.Contains("Error = ReservedBitSet", text);
        Assert.EndsWith(", Cause = ProtocolError, IsClean = False, Exception = System.IO.IOException }", text);
    }
}
