using System.Text;

namespace WsProto.EngineIO.Tests;

/// <summary>JSONP polling, which is off unless the options say so.</summary>
public class JsonpTests
{
    private const string Handshake = "EIO=4&transport=polling&j=7";

    private readonly MemoryHost _host = MemoryHost.Echo(new() { AllowJsonp = true });

    [Fact]
    public void Request_for_JSONP_is_refused_with_words_that_say_so()
    {
        var host = new MemoryHost();
        host.Receive(MemoryHost.Request("GET", Handshake)).IsRefused(400, 3, "JSONP polling is not enabled", EngineIOError.JsonpNotEnabled);
        Assert.Equal(0, host.Server.SessionCount);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("-1")]
    [InlineData("1]();alert(1)//")]
    [InlineData("12345678901")]
    public void Index_is_a_number(string index) =>
        _host.Receive(MemoryHost.Request("GET", "EIO=4&transport=polling&j=" + index))
            .IsRefused(400, 3, "Bad request", EngineIOError.JsonpIndexMalformed);

    [Fact]
    public void Answers_are_scripts_that_call_the_function_of_the_handshake()
    {
        Exchange handshake = _host.Receive(MemoryHost.Request("GET", Handshake));
        Assert.StartsWith("___eio[7](\"0{\\u0022sid\\u0022:", handshake.Body, StringComparison.Ordinal);
        Assert.EndsWith("\");", handshake.Body, StringComparison.Ordinal);
        Assert.Equal("text/javascript; charset=UTF-8", handshake.Header("Content-Type"));
        Assert.Equal("nosniff", handshake.Header("X-Content-Type-Options"));

        EngineIOSession session = handshake.Session!;
        _host.Send(session, "a\"\\\n</script>\u2028\u2029é");
        Exchange poll = _host.Receive(MemoryHost.Request("GET", $"transport=polling&j=8&sid={session.Id}"));
        poll.Is(200, "___eio[7](\"4a\\u0022\\\\\\n\\u003C/script\\u003E\\u2028\\u2029\\u00E9\");");
    }

    [Fact]
    public void Session_without_JSONP_stays_so()
    {
        EngineIOSession session = _host.Open();
        _host.Send(session, "a");
        _host.Receive(MemoryHost.Request("GET", $"transport=polling&j=8&sid={session.Id}")).Is(200, "4a");
    }

    [Theory]
    [InlineData("d=4hello", "hello")]
    [InlineData("d=4a+b%2Bc%20d", "a b+c d")]
    [InlineData("x=1&d=4a&d=4b", "a")]
    [InlineData("d=4%C3%A9", "é")]
    [InlineData("d=4line%5Cnfeed", "line\nfeed")] // the client writes a line feed as \n,
    [InlineData("d=4not%5C%5Cna+line%5C%5C%5Cnfeed", "not\\na line\\\\nfeed")] // and \n as \\n
    [InlineData("d=4%5Cx%n%%4", "\\x%n%%4")]
    [InlineData("d=4%zz", "%zz")]
    public void Bodies_are_forms(string body, string text)
    {
        EngineIOSession session = _host.Receive(MemoryHost.Request("GET", Handshake)).Session!;
        _host.Post(session, body).Is(200, "ok");
        Assert.Equal("text " + text, _host.Log(session)[^1]);
    }

    [Fact]
    public void Body_of_several_packets()
    {
        EngineIOSession session = _host.Receive(MemoryHost.Request("GET", Handshake)).Session!;
        _host.Post(session, "d=" + Uri.EscapeDataString("4a\u001ebAQI=\u001e4b"));
        Assert.Equal(["opened", "text a", "binary 0102", "text b"], _host.Log(session));
    }

    [Theory]
    [InlineData("")]
    [InlineData("4hello")]
    [InlineData("e=4hello")]
    [InlineData("d=")]
    public void Body_without_a_payload_ends_the_session(string body)
    {
        EngineIOSession session = _host.Receive(MemoryHost.Request("GET", Handshake)).Session!;
        _host.Post(session, body).IsRefused(400, 3, "Bad request", EngineIOError.PacketMalformed);
        Assert.Equal(["opened", "closed: parse error, PacketMalformed"], _host.Log(session));
    }

    [Fact]
    public void Noop_of_an_upgrade_is_a_script_too()
    {
        EngineIOSession session = _host.Receive(MemoryHost.Request("GET", Handshake)).Session!;
        Exchange poll = _host.Poll(session);
        _host.Upgrade(session);
        Assert.Equal("___eio[7](\"6\");", Encoding.UTF8.GetString(poll.Answer!.Body.Span));
    }
}
