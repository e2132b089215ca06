using static WsProto.Tests.Handshake.Handshakes;

namespace WsProto.Tests.Handshake;

/// <summary>From a URI to the host and the target of the request.</summary>
[Trait("RFC", "6455 §3, §11.1")]
public class RequestForTests
{
    [Theory]
    [InlineData("ws://h", "h", "/")]
    [InlineData("ws://h/", "h", "/")]
    [InlineData("ws://h?q", "h", "/?q")]
    [InlineData("ws://h/a?q", "h", "/a?q")]
    [InlineData("ws://h/?", "h", "/")]
    [InlineData("ws://h/a?", "h", "/a")]
    [InlineData("ws://h/a/b/?x=1&y=2", "h", "/a/b/?x=1&y=2")]
    [InlineData("ws://h/a?b?c", "h", "/a?b?c")]
    [InlineData("ws://h/a;b=c:d@e,f", "h", "/a;b=c:d@e,f")]
    [Trait("MUST", "4.1-3")]
    [Trait("MUST", "4.1-19")]
    public void Target_is_the_path_or_a_slash_and_the_query_if_there_is_one(string text, string host, string target) =>
        IsSentAs(text, host, target);

    [Theory]
    [InlineData("ws://example.com:80/", "example.com")]
    [InlineData("wss://example.com:443/", "example.com")]
    [InlineData("http://example.com:80/", "example.com")]
    [InlineData("https://example.com:443/", "example.com")]
    [InlineData("ws://example.com:443/", "example.com:443")]
    [InlineData("wss://example.com:80/", "example.com:80")]
    [InlineData("ws://example.com:8080/", "example.com:8080")]
    [InlineData("WSS://EXAMPLE.com:8443/", "example.com:8443")]
    [InlineData("ws://127.0.0.1:8080/", "127.0.0.1:8080")]
    [InlineData("ws://127.0.0.1/", "127.0.0.1")]
    [InlineData("ws://[::1]:8080/", "[::1]:8080")]
    [InlineData("ws://[::1]/", "[::1]")]
    [InlineData("wss://[2001:DB8::1]:443/", "[2001:db8::1]")]
    [InlineData("ws://[fe80::1%25eth0]:8080/", "[fe80::1]:8080")]
    [InlineData("ws://[fe80::1%253]/", "[fe80::1]")]
    [InlineData("ws://a-b.c_d.example/", "a-b.c_d.example")]
    [Trait("MUST", "4.1-3")]
    [Trait("MUST", "4.1-20")]
    public void Host_has_the_port_where_it_is_not_the_default_and_an_IPv6_address_in_brackets_without_its_zone(string text, string host) =>
        IsSentAs(text, host, "/");

    [Theory]
    [InlineData("ws://bücher.example:8080/", "xn--bcher-kva.example:8080")]
    [InlineData("wss://bücher.example/", "xn--bcher-kva.example")]
    [InlineData("ws://www.bücher.例え.example/", "www.xn--bcher-kva.xn--r8jz45g.example")]
    [InlineData("ws://пример.рф:8080/", "xn--e1afmkfd.xn--p1ai:8080")]
    [InlineData("wss://xn--e1afmkfd.xn--p1ai/", "xn--e1afmkfd.xn--p1ai")]
    [Trait("MUST", "11.1.1-1")]
    [Trait("MUST", "11.1.2-1")]
    [Trait("Register", "B7")]
    public void Each_label_of_an_international_name_becomes_ASCII_and_the_port_stays(string text, string host) => IsSentAs(text, host, "/");

    [Theory]
    [InlineData("ws://example.com/é?q=ü", "/%C3%A9?q=%C3%BC")]
    [InlineData("wss://example.com/é?q=ü", "/%C3%A9?q=%C3%BC")]
    [InlineData("ws://example.com/a%2Fb?c=%2F", "/a%2Fb?c=%2F")]
    [InlineData("wss://example.com/a b?c=d e", "/a%20b?c=d%20e")]
    [InlineData("ws://example.com/\U0001F600", "/%F0%9F%98%80")]
    [InlineData("ws://example.com/%", "/%25")]
    [InlineData("ws://example.com/\"<>^`{|}", "/%22%3C%3E%5E%60%7B%7C%7D")]
    [Trait("MUST", "11.1.1-2")]
    [Trait("MUST", "11.1.2-2")]
    public void Other_characters_are_percent_encoded_as_UTF_8(string text, string target) => IsSentAs(text, "example.com", target);

    [Fact]
    [Trait("MUST", "3-2")]
    public void Escaped_number_sign_stays_escaped() => IsSentAs("ws://example.com/a%23b?c=%23d", "example.com", "/a%23b?c=%23d");

    [Theory]
    [InlineData("ws://example.com/chat#top")]
    [InlineData("wss://example.com/#")]
    [InlineData("ws://example.com?q#a")]
    [Trait("MUST", "3-1")]
    public void URI_with_a_fragment_is_refused(string text) => Assert.Throws<ArgumentException>(() => Request.FromUri(new Uri(text)));

    [Theory]
    [InlineData("ftp://example.com/")]
    [InlineData("file:///chat")]
    [InlineData("mailto:a@example.com")]
    [InlineData("wsx://example.com/")]
    [InlineData("urn:ws:example.com")]
    [InlineData("ws://user@example.com/")]
    [InlineData("ws://user:secret@example.com/")]
    [Trait("MUST", "4.1-3")]
    public void URI_of_another_scheme_or_with_user_information_is_refused(string text) =>
        Assert.Throws<ArgumentException>(() => Request.FromUri(new Uri(text)));

    [Fact]
    [Trait("MUST", "4.1-3")]
    public void Relative_URI_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Request.FromUri(new Uri("/chat", UriKind.Relative)));
        Assert.Throws<ArgumentNullException>(() => Request.FromUri(null!));
    }

    [Fact]
    [Trait("Register", "S31")]
    public void Target_of_a_URI_that_was_not_canonicalised_cannot_end_its_line()
    {
        var uri = new Uri("ws://example.com/a b\r\nX: y", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using WsConnection client = NewClient();
        CannotSend<ArgumentException>(client, Request.FromUri(uri));
    }

    [Fact]
    [Trait("MUST", "4.1-3")]
    [Trait("Register", "B7")]
    public void URI_whose_host_has_no_ASCII_form_is_refused()
    {
        string label = new('ü', 64);
        Assert.True(Uri.TryCreate($"ws://{label}.example/", UriKind.Absolute, out Uri? uri));
        Assert.ThrowsAny<ArgumentException>(() => NewClient().Send(Request.FromUri(uri)));
    }

    private static void IsSentAs(string text, string host, string target)
    {
        var request = Request.FromUri(new Uri(text));
        Assert.Equal(new Request(host, target), request);
        using WsConnection client = NewClient();
        Assert.Equal([$"GET {target} HTTP/1.1", $"Host: {host}"], Lines(client.Send(request))[..2]);
    }
}
