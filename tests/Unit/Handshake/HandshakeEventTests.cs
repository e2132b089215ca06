namespace WsProto.Tests.Handshake;

/// <summary>The events of the handshake are equal by content, and what they print holds no bodies.</summary>
public class HandshakeEventTests
{
    private static readonly FakeExtension _extension = new("a");

    [Fact]
    public void Requests_are_equal_by_content()
    {
        static Request Make() => new()
        {
            Host = "h",
            Target = "/",
            Subprotocols = ["a", "b"],
            Extensions = [_extension],
            ExtraHeaders = [("X", "y")],
        };
        Request request = Make();
        AreEqual(request, Make());
        Assert.All(
            [
                request with { Host = "i" }, request with { Target = "/i" }, request with { Subprotocols = ["b", "a"] },
                request with { Subprotocols = ["a"] }, request with { Extensions = [] }, request with { ExtraHeaders = [] },
            ],
            other => Assert.NotEqual(request, other));
    }

    [Fact]
    public void Elements_of_a_malformed_header_are_none()
    {
        HeaderList headers = [("Sec-WebSocket-Extensions", "a;")];
        Assert.Empty(new Request("h", "/") { ExtraHeaders = headers }.ExtensionOffers);
        Assert.Empty(new AcceptConnection { ExtraHeaders = headers }.AgreedExtensions);
        Assert.Equal(
            [new ExtensionElement("a")],
            new Request("h", "/") { Extensions = [_extension], ExtraHeaders = headers }.ExtensionOffers);
    }

    [Fact]
    public void Answers_are_equal_by_content()
    {
        static AcceptConnection Make() => new() { Subprotocol = "a", Extensions = [_extension], ExtraHeaders = [("X", "y")] };
        AcceptConnection accept = Make();
        AreEqual(accept, Make());
        Assert.All(
            [accept with { Subprotocol = null }, accept with { Extensions = [] }, accept with { ExtraHeaders = [] }],
            other => Assert.NotEqual(accept, other));
    }

    [Fact]
    public void Refusals_and_failures_are_equal_by_content()
    {
        AreEqual(new RejectConnection(), new RejectConnection { StatusCode = 400, Headers = [], HasBody = false });
        RejectConnection reject = new() { StatusCode = 403, Headers = [("X", "y")], HasBody = true };
        AreEqual(reject, new RejectConnection { StatusCode = 403, Headers = [("X", "y")], HasBody = true });
        Assert.All(
            [reject with { StatusCode = 404 }, reject with { Headers = [] }, reject with { HasBody = false }],
            other => Assert.NotEqual(reject, other));
        AreEqual(
            new HandshakeFailed { Error = ProtocolError.InvalidKey, Message = "m", Response = new RejectConnection() },
            new HandshakeFailed { Error = ProtocolError.InvalidKey, Message = "m", Response = new RejectConnection() });
    }

    [Fact]
    public void Pieces_of_a_body_are_equal_by_content()
    {
        var data = new RejectData { Data = "secret"u8.ToArray() };
        Assert.True(data.BodyFinished);
        AreEqual(data, new RejectData("secret"u8.ToArray()));
        Assert.NotEqual(data, data with { BodyFinished = false });
        Assert.NotEqual(data, new RejectData("Secret"u8.ToArray()));
    }

    [Fact]
    public void Offers_are_equal_by_content_and_print_as_in_the_header()
    {
        var offer = new ExtensionElement("a", new("p", "1"), new("q"));
        AreEqual(offer, new ExtensionElement("a", new("p", "1"), new("q")));
        Assert.All(
            [
                new ExtensionElement("A", new("p", "1"), new("q")), new ExtensionElement("a", new("q"), new("p", "1")),
                new ExtensionElement("a", new("p", "2"), new("q")), new ExtensionElement("a", new ExtensionParameter("p", "1")),
            ],
            other => Assert.NotEqual(offer, other));
        Assert.False(offer.Equals((object)"a; p=1; q"));
        Assert.Equal("a; p=1; q", offer.ToString());
    }

    private static void AreEqual<T>(T left, T right)
        where T : class, IEquatable<T>
    {
        Assert.NotSame(left, right);
        Assert.True(left.Equals((object)right));
        Assert.True(left.Equals(right));
        Assert.False(left.Equals(default(T)));
        Assert.Equal(left.GetHashCode(), right.GetHashCode());
    }
}
