using static WsProto.Tests.Handshake.Handshakes;

namespace WsProto.Tests.Handshake;

/// <summary>The limits of a head hold to the byte, and however the bytes are cut.</summary>
[Trait("RFC", "6455 §10.4, 6585 §5, 9110 §15.5.15")]
public class HeadLimitTests
{
    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("Register", "S29")]
    public void Head_of_exactly_the_limit_is_read(ConnectionRole role)
    {
        byte[] head = HeadFor(role, "X-A: b");
        IsRead(role, head, new WsConnectionOptions { MaxHandshakeSize = head.Length });
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("Register", "S29")]
    public void Head_of_one_byte_more_than_the_limit__fails_with_431(ConnectionRole role)
    {
        byte[] head = HeadFor(role, "X-A: b");
        for (int missing = 1; missing <= 4; missing++)
            Fails(role, head, ProtocolError.HeadTooLarge, 431, new WsConnectionOptions { MaxHandshakeSize = head.Length - missing });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [Trait("RFC", "9112 §2.2")]
    public void Empty_lines_before_the_request_count_for_its_size(int count)
    {
        byte[] head = [.. EmptyLines(count), .. Heads.Request()];
        Assert.Equal("/chat", ReadRequest(head, new WsConnectionOptions { MaxHandshakeSize = head.Length }).Target);
        ServerRefuses(head, ProtocolError.HeadTooLarge, 431, options: new WsConnectionOptions { MaxHandshakeSize = head.Length - 1 });
    }

    /// <summary>The byte after the limit is not looked at, so that it makes no difference whether it is here already.</summary>
    [Theory]
    [InlineData(99)]
    [InlineData(100)]
    [Trait("RFC", "9112 §2.2")]
    public void Nothing_but_empty_lines__is_refused_with_431_at_the_limit(int limit)
    {
        ServerRefuses(EmptyLines(60), ProtocolError.HeadTooLarge, 431, options: new WsConnectionOptions { MaxHandshakeSize = limit });
        ServerRefuses(
            [.. EmptyLines(50), 0x16], ProtocolError.HeadTooLarge, 431, options: new WsConnectionOptions { MaxHandshakeSize = limit });
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("Register", "S29")]
    public void Header_line_of_exactly_the_limit_is_read(ConnectionRole role) =>
        IsRead(role, HeadFor(role, Line(120)), new WsConnectionOptions { MaxHeaderLineSize = 120 });

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("Register", "S29")]
    public void Header_line_of_one_byte_more_than_the_limit__fails_with_431(ConnectionRole role)
    {
        Fails(role, HeadFor(role, Line(121)), ProtocolError.HeaderLineTooLong, 431, new WsConnectionOptions { MaxHeaderLineSize = 120 });
        Fails(role, HeadFor(role, Line(122)), ProtocolError.HeaderLineTooLong, 431, new WsConnectionOptions { MaxHeaderLineSize = 120 });
    }

    /// <summary>122 bytes are a line of 120 and its end.</summary>
    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void Line_that_passes_both_limits__fails_by_the_one_that_it_passes_first(ConnectionRole role)
    {
        int before = HeadFor(role).Length - 2;
        for (int left = 117; left <= 123; left++)
        {
            var options = new WsConnectionOptions { MaxHeaderLineSize = 120, MaxHandshakeSize = before + left };
            Fails(role, HeadFor(role, Line(200)), left < 122 ? ProtocolError.HeadTooLarge : ProtocolError.HeaderLineTooLong, 431, options);
        }
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void As_many_header_lines_as_the_limit_are_read(ConnectionRole role) =>
        IsRead(role, HeadFor(role, "A: 1", "B: 2"), new WsConnectionOptions { MaxHeaderCount = OwnLines(role) + 2 });

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void One_header_line_more_than_the_limit__fails_with_431(ConnectionRole role) =>
        Fails(
            role, HeadFor(role, "A: 1", "B: 2"), ProtocolError.TooManyHeaders, 431,
            new WsConnectionOptions { MaxHeaderCount = OwnLines(role) + 1 });

    [Fact]
    public void Request_line_of_exactly_the_limit_is_read()
    {
        string target = "/" + new string('a', 85);
        Request request = ReadRequest(
            WithTarget(target),
            new WsConnectionOptions { MaxHeaderLineSize = "GET ".Length + target.Length + " HTTP/1.1".Length });
        Assert.Equal(target, request.Target);
    }

    [Fact]
    public void Request_line_of_one_byte_more_than_the_limit__is_refused_with_414() =>
        ServerRefuses(
            WithTarget("/" + new string('a', 86)), ProtocolError.StartLineTooLong, 414,
            options: new WsConnectionOptions { MaxHeaderLineSize = 99 });

    [Fact]
    public void Request_line_that_passes_the_limit_of_the_head__is_refused_with_431() =>
        ServerRefuses(
            WithTarget("/" + new string('a', 86)), ProtocolError.HeadTooLarge, 431,
            options: new WsConnectionOptions { MaxHandshakeSize = 99 });

    [Fact]
    public void Status_line_of_one_byte_more_than_the_limit__fails()
    {
        byte[] head = Wire.Head(["HTTP/1.1 101 " + new string('a', 100), .. Heads.ResponseLines[1..]]);
        Assert.Equal(new AcceptConnection(), ReadAccept(head, options: new WsConnectionOptions { MaxHeaderLineSize = 113 }));
        ClientFails(head, ProtocolError.StartLineTooLong, options: new WsConnectionOptions { MaxHeaderLineSize = 112 });
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void By_default_a_head_has_16_KiB(ConnectionRole role)
    {
        string fill = Line(8192);
        int rest = 16 * 1024 - HeadFor(role, fill).Length - 2;
        IsRead(role, HeadFor(role, fill, Line(rest)), WsConnectionOptions.Default);
        Fails(role, HeadFor(role, fill, Line(rest + 1)), ProtocolError.HeadTooLarge, 431);
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void By_default_a_line_has_8_KiB(ConnectionRole role)
    {
        IsRead(role, HeadFor(role, Line(8192)), WsConnectionOptions.Default);
        Fails(role, HeadFor(role, Line(8193)), ProtocolError.HeaderLineTooLong, 431);
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void By_default_a_head_has_100_header_lines(ConnectionRole role)
    {
        string[] lines = [.. Enumerable.Repeat("A: 1", 100 - OwnLines(role))];
        IsRead(role, HeadFor(role, lines), WsConnectionOptions.Default);
        Fails(role, HeadFor(role, [.. lines, "A: 1"]), ProtocolError.TooManyHeaders, 431);
    }

    [Fact]
    [Trait("Register", "C23")]
    [Trait("Register", "S27")]
    public void Two_thousand_headers_before_those_of_the_handshake__are_refused_with_431()
    {
        string[] lines = [Heads.RequestLines[0], .. Enumerable.Repeat("A: 1", 2000), .. Heads.RequestLines[1..]];
        ServerRefuses(Wire.Head(lines), ProtocolError.TooManyHeaders, 431);
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("Register", "S28")]
    public void Endless_line_is_refused_at_the_limit_and_no_more_of_it_is_kept(ConnectionRole role)
    {
        // One byte for each call is what made a re-parsing reader quadratic; here it has to end at the limit, not later.
        var pool = new CountingPool();
        using WsConnection connection = Waiting(role, new WsConnectionOptions { Pool = pool });
        int read = 0;
        IReadOnlyList<WsEvent> events = [];
        while (events.Count == 0)
        {
            connection.Receive("a"u8);
            read++;
            events = connection.ReadAll();
        }

        Assert.Equal(8192 + 2, read);
        Assert.Equal(ProtocolError.StartLineTooLong, Assert.IsType<HandshakeFailed>(Assert.Single(events)).Error);
        for (int i = 0; i < 1000; i++)
            Assert.Empty(connection.Read("aaaa"u8.ToArray()));
        connection.Receive("aaaa"u8);
        Assert.Equal(0, pool.Outstanding);
    }

    private static void IsRead(ConnectionRole role, byte[] head, WsConnectionOptions options)
    {
        if (role == ConnectionRole.Client)
            ReadAccept(head, options: options);
        else
            ReadRequest(head, options);
    }

    private static int OwnLines(ConnectionRole role) =>
        (role == ConnectionRole.Client ? Heads.ResponseLines : Heads.RequestLines).Length - 1;

    private static string Line(int length) => "X: " + new string('a', length - 3);

    private static byte[] WithTarget(string target) => Wire.Head([$"GET {target} HTTP/1.1", .. Heads.RequestLines[1..]]);

    private static byte[] EmptyLines(int count) => Wire.Concat(Enumerable.Repeat("\r\n"u8.ToArray(), count));
}
