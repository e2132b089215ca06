namespace WsProto.Adapters.Tests;

/// <summary>Which pages may connect.</summary>
[Trait("RFC", "6455 §10.2")]
public sealed class OriginPolicyTests
{
    [Theory]
    [Trait("Register", "S46")]
    // Port and scheme as they are, or the scheme's default.
    [InlineData("example.com", "http://example.com", true)]
    [InlineData("example.com", "https://example.com", true)]
    [InlineData("example.com:80", "http://example.com", true)]
    [InlineData("example.com:443", "https://example.com", true)]
    [InlineData("example.com", "http://example.com:80", true)]
    [InlineData("example.com:8080", "http://example.com:8080", true)]
    [InlineData("example.com:443", "http://example.com", false)]
    [InlineData("example.com:8080", "http://example.com", false)]
    [InlineData("example.com", "http://example.com:8080", false)]
    [InlineData("example.com:8080", "http://example.com:8081", false)]
    // Hosts in any case and spelling, but not more.
    [InlineData("EXAMPLE.com", "http://example.COM", true)]
    [InlineData("example.com", "HTTP://example.com", true)]
    [InlineData("xn--mnchen-3ya.example", "http://xn--mnchen-3ya.example", true)]
    [InlineData("example.com", "http://www.example.com", false)]
    [InlineData("example.com", "http://example.com.evil.example", false)]
    [InlineData("example.com", "http://evil-example.com", false)]
    [InlineData("example.com", "http://example.com.", false)]
    [InlineData("example.com", "http://example.com@evil.example", false)]
    [InlineData("example.com", "http://evil@example.com", false)]
    [InlineData("[::1]:8080", "http://[::1]:8080", true)]
    [InlineData("[::1]:8080", "http://[0:0:0:0:0:0:0:1]:8080", true)]
    [InlineData("[::1]:8080", "http://[::2]:8080", false)]
    [InlineData("127.0.0.1:8080", "http://localhost:8080", false)]
    // What is no origin of a page.
    [InlineData("example.com", "null", false)]
    [InlineData("example.com", "", false)]
    [InlineData("example.com", "example.com", false)]
    [InlineData("example.com", "//example.com", false)]
    [InlineData("example.com", "ftp://example.com", false)]
    [InlineData("example.com", "file://example.com", false)]
    [InlineData("example.com", "chrome-extension://example.com", false)]
    [InlineData("example.com", "http://example.com/path", false)]
    [InlineData("example.com", "http://example.com?query", false)]
    [InlineData("example.com", "http://example.com#fragment", false)]
    [InlineData("example.com", "http://example.com http://evil.example", false)]
    [InlineData("example.com", "http:example.com", false)]
    // A Host that says more than a host.
    [InlineData("evil.example@example.com", "http://example.com", false)]
    [InlineData("example.com/x", "http://example.com", false)]
    public void Same_origin_means_the_same_host_and_port(string host, string origin, bool allowed)
    {
        Assert.Equal(allowed, OriginPolicy.SameOrigin.Allows(RequestTo(host, origin), isSecure: false));
    }

    [Theory]
    [InlineData("https://example.com", true)]
    [InlineData("http://example.com", false)]
    [InlineData("http://example.com:443", false)]
    public void Server_that_speaks_TLS_itself_knows_that_a_page_without_is_another(string origin, bool allowed)
    {
        Assert.Equal(allowed, OriginPolicy.SameOrigin.Allows(RequestTo("example.com", origin), isSecure: true));
    }

    [Theory]
    [InlineData("https://example.com", true)]
    [InlineData("https://example.com:443", true)]
    [InlineData("HTTPS://Example.com", true)]
    [InlineData("http://example.com", false)]
    [InlineData("https://example.com:444", false)]
    [InlineData("https://sub.example.com", false)]
    [InlineData("http://localhost:3000", true)]
    [InlineData("http://localhost", false)]
    [InlineData("http://[::1]", true)]
    [InlineData("chrome-extension://abcdef", true)]
    [InlineData("chrome-extension://abcdeg", false)]
    [InlineData("https://chat.example", true)]
    [InlineData("null", false)]
    [InlineData("nonsense", false)]
    public void List_of_origins_allows_these_in_any_spelling(string origin, bool allowed)
    {
        OriginPolicy policy = OriginPolicy.Only(
            "https://example.com", "http://localhost:3000", "http://[0::1]:80", "chrome-extension://abcdef", "https://chat.example/");
        Assert.Equal(allowed, policy.Allows(RequestTo("elsewhere.example", origin), isSecure: true));
    }

    [Fact]
    public void Pages_without_an_origin_of_their_own_are_allowed_if_listed()
    {
        Assert.True(OriginPolicy.Only("null").Allows(RequestTo("example.com", "null"), isSecure: false));
        Assert.False(OriginPolicy.Only("null").Allows(RequestTo("example.com", "nothing"), isSecure: false));
    }

    [Theory]
    [InlineData("example.com")]
    [InlineData("")]
    [InlineData("https:example.com")]
    [InlineData("https://example.com/path")]
    [InlineData("https://user@example.com")]
    [InlineData("*")]
    public void List_with_what_is_no_origin_is_a_mistake(string origin)
    {
        Assert.Throws<ArgumentException>(() => OriginPolicy.Only("https://example.com", origin));
    }

    [Fact]
    public void Program_that_sends_no_Origin_is_not_judged()
    {
        var request = new Request("example.com", "/");
        Assert.True(OriginPolicy.SameOrigin.Allows(request, isSecure: true));
        Assert.True(OriginPolicy.Any.Allows(request, isSecure: true));
        Assert.True(OriginPolicy.Only().Allows(request, isSecure: true));
    }

    [Fact]
    public void Two_Origins_are_none_that_a_browser_sends()
    {
        var request =
            new Request("example.com", "/") { ExtraHeaders = [("Origin", "http://example.com"), ("Origin", "http://example.com")] };
        Assert.False(OriginPolicy.SameOrigin.Allows(request, isSecure: false));
        Assert.False(OriginPolicy.Any.Allows(request, isSecure: false));
    }

    [Fact]
    public void Any_page_is_allowed_where_it_is_said()
    {
        Assert.True(OriginPolicy.Any.Allows(RequestTo("example.com", "http://evil.example"), isSecure: true));
        Assert.True(OriginPolicy.Any.Allows(RequestTo("example.com", "null"), isSecure: true));
    }

    private static Request RequestTo(string host, string origin) => new(host, "/") { ExtraHeaders = [("Origin", origin)] };
}
