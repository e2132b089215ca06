namespace WsProto.Tests;

/// <summary>Exceptions can be made by whoever wants to try how his code takes them, and caught by one type.</summary>
public class ExceptionTests
{
    [Fact]
    public void Exceptions_hold_what_they_are_given()
    {
        var cause = new InvalidOperationException("cause");
        foreach ((WsException plain, WsException worded, WsException caused) in (IEnumerable<(WsException, WsException, WsException)>)
            [
                (new WsException(), new WsException("words"), new WsException("words", cause)),
                (new LocalProtocolException(), new LocalProtocolException("words"), new LocalProtocolException("words", cause)),
            ])
        {
            Assert.Contains(plain.GetType().FullName!, plain.Message, StringComparison.Ordinal);
            Assert.Equal(("words", null), (worded.Message, worded.InnerException));
            Assert.Equal("words", caused.Message);
            Assert.Same(cause, caused.InnerException);
        }
    }
}
