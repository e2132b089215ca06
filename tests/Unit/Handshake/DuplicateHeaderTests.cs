using static WsProto.Tests.Handshake.Handshakes;

namespace WsProto.Tests.Handshake;

/// <summary>
/// A header that may stand in a head once, and stands there twice: two readers may take one line each, so that what a proxy has let pass is
/// not what we read. Such a head is refused, the same value twice too.
/// </summary>
[Trait("RFC", "9110 §5.3, 6455 §11.3")]
public class DuplicateHeaderTests
{
    [Theory]
    [InlineData("Host", "other.example", ProtocolError.InvalidHost)]
    [InlineData("Sec-WebSocket-Key", "AQIDBAUGBwgJCgsMDQ4PEC==", ProtocolError.InvalidKey)]
    [InlineData("Sec-WebSocket-Version", "8", ProtocolError.MissingVersion)]
    public void Server_receives_a_header_twice__refuses_with_400(string name, string other, ProtocolError error)
    {
        string own =
            Heads.RequestLines.Single(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))[(name.Length + 2)..];
        HeaderList headers = error == ProtocolError.MissingVersion ? [("Sec-WebSocket-Version", "13")] : [];
        foreach (string value in (string[])[own, other, ""])
        {
            foreach (string spelling in (string[])[name, name.ToLowerInvariant(), name.ToUpperInvariant()])
            {
                ServerRefuses(Heads.Request(more: $"{spelling}: {value}"), error, headers: headers);
                ServerRefuses(
                    Wire.Head([Heads.RequestLines[0], $"{spelling}: {value}", .. Heads.RequestLines[1..]]), error, headers: headers);
            }
        }
    }

    [Theory]
    [InlineData("Upgrade", "websocket", "h2c", ProtocolError.MissingUpgradeWebSocket)]
    [InlineData("Sec-WebSocket-Accept", Heads.Accept, "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", ProtocolError.InvalidAccept)]
    [InlineData("Sec-WebSocket-Protocol", "chat", "superchat", ProtocolError.UnrequestedSubprotocol)]
    public void Client_receives_a_header_twice__fails(string name, string own, string other, ProtocolError error)
    {
        string[] rest = [.. Heads.ResponseLines[1..].Where(line => !line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))];
        var request = new Request("example.com", "/chat") { Subprotocols = ["chat", "superchat"] };
        Assert.NotNull(ReadAccept(Wire.Head([Heads.ResponseLines[0], $"{name}: {own}", .. rest]), request));
        foreach (string value in (string[])[own, other, ""])
        {
            foreach (string spelling in (string[])[name, name.ToLowerInvariant(), name.ToUpperInvariant()])
            {
                ClientFails(Wire.Head([Heads.ResponseLines[0], $"{name}: {own}", $"{spelling}: {value}", .. rest]), error, request);
                ClientFails(Wire.Head([Heads.ResponseLines[0], $"{spelling}: {value}", $"{name}: {own}", .. rest]), error, request);
            }
        }
    }

    /// <summary>In a request these are lists, so that further lines add to them.</summary>
    [Theory]
    [InlineData("Upgrade", "h2c")]
    [InlineData("Upgrade", "websocket")]
    [InlineData("Connection", "keep-alive")]
    [InlineData("Connection", "Upgrade")]
    public void Server_receives_a_list_on_two_lines__takes_both(string name, string value)
    {
        Request request = ReadRequest(Heads.Request(more: $"{name}: {value}"));
        Assert.Equal(2, request.ExtraHeaders.GetValues(name).Count());
        Assert.EndsWith(", " + value, request.ExtraHeaders.GetCombinedValue(name), StringComparison.Ordinal);
    }

    /// <summary>The first alone would look like a request of a page that is trusted.</summary>
    [Fact]
    [Trait("RFC", "6455 §10.2")]
    public void Server_receives_two_origins__what_it_shows_equals_no_origin()
    {
        foreach (string other in (string[])["https://evil.example", "https://good.example", ""])
        {
            string? origin = ReadRequest(Heads.Request(more: ["Origin: https://good.example", $"Origin: {other}"])).Origin;
            Assert.Equal("https://good.example, " + other, origin);
        }
    }
}
