namespace WsProto.Adapters.Tests;

/// <summary>Exceptions that users can make for their own tests, under one root.</summary>
public sealed class ExceptionTests
{
    [Fact]
    public void All_have_one_root_and_public_constructors()
    {
        var inner = new FormatException();
        WsException[] all =
        [
            new WsHandshakeException(), new WsHandshakeException("m"),
            new WsHandshakeException("m", inner) { StatusCode = 503, Headers = [("Retry-After", "1")], Body = new byte[1] },
            new WsClosedException(), new WsClosedException("m"),
            new WsClosedException("m", inner) { Code = CloseCode.GoingAway, Reason = "r", Cause = WsCloseCause.Peer },
        ];
        Assert.Equal(["m", "m", "m", "m"], all.Where((_, i) => i % 3 != 0).Select(e => e.Message));
        Assert.All([all[2], all[5]], e => Assert.Same(inner, e.InnerException));
        Assert.Equal((CloseCode.AbnormalClosure, WsCloseCause.Lost), (((WsClosedException)all[3]).Code, ((WsClosedException)all[3]).Cause));
    }
}
