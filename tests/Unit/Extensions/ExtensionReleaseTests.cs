using WsProto.Extensions;
using WsProto.Tests.Extensions.Samples;

namespace WsProto.Tests.Extensions;

/// <summary>What a connection's extensions hold is let go of once, whatever the ending.</summary>
public class ExtensionReleaseTests
{
    public static TheoryData<ConnectionRole> Roles => [ConnectionRole.Client, ConnectionRole.Server];

    [Theory]
    [MemberData(nameof(Roles))]
    [Trait("Register", "S23")]
    public void Both_sides_are_ended_once_at_every_ending(ConnectionRole role)
    {
        byte[] close = Situations.CloseFrameFor(role);
        byte[] bad = Situations.BadFrameFor(role);
        (string Name, Action<WsConnection>[] Steps)[] endings =
        [
            ("the peer closes", [c => c.Read(close), c => c.Send(Situations.Close)]),
            ("we close", [c => c.Send(Situations.Close), c => c.Read(close)]),
            ("the peer breaks the protocol", [c => c.Read(bad), c => c.Send(Situations.Close)]),
            ("it breaks the protocol after our Close", [c => c.Send(Situations.Close), c => c.Read(bad)]),
            ("the stream ends", [c => End(c)]),
            ("the stream ends after our Close", [c => c.Send(Situations.Close), c => End(c)]),
            ("the stream ends after the peer's Close", [c => c.Read(close), c => End(c)]),
            ("disposal", [c => c.Dispose()]),
            ("disposal after our Close", [c => c.Send(Situations.Close), c => c.Dispose()]),
            ("the peer closes, seen as a frame", [c => c.Send(Situations.Close), c => ReadFrames(c, close)]),
        ];
        foreach ((string name, Action<WsConnection>[] steps) in endings)
        {
            ScriptedCodec[] extensions = [new ScriptedCodec("x-a"), new ScriptedCodec("x-b")];
            WsConnection connection = WsConnection.Established(role, extensions);
            connection.Send(new TextMessage("a"));
            connection.Read(Wire.FrameFor(role, Opcode.Text, "a"u8.ToArray(), fin: false));
            foreach (Action<WsConnection> step in steps)
            {
                Assert.All(extensions, extension => Assert.True(extension.Endings != (1, 1), name));
                step(connection);
            }

            Assert.Equal(ConnectionState.Closed, connection.State);
            Assert.All(extensions, extension => Assert.True(extension.Endings == (1, 1), name));
            connection.Read(close);
            connection.Dispose();
            connection.Dispose();
            Assert.All(extensions, extension => Assert.True(extension.Endings == (1, 1), name));
            Assert.True(extensions.SequenceEqual(connection.Extensions));
        }
    }

    [Fact]
    public void Half_that_has_ended_lets_go_while_the_other_goes_on()
    {
        var codec = new ScriptedCodec();
        using WsConnection server = WsConnection.Established(ConnectionRole.Server, [codec]);
        server.Send(Situations.Close);
        Assert.Equal((0, 1), codec.Endings);
        Assert.Equal([new TextMessage("a")], server.Read(Wire.FrameFor(ConnectionRole.Server, Opcode.Text, "a"u8.ToArray())));
        Assert.Equal([Situations.Close], server.Read(Situations.CloseFrameFor(ConnectionRole.Server)));
        Assert.Equal((1, 1), codec.Endings);
    }

    [Fact]
    public void Codecs_of_both_ends_are_ended()
    {
        var codecs = new List<ScriptedCodec>();
        ScriptedCodec Made(ExtensionElement agreed)
        {
            codecs.Add(new ScriptedCodec(agreed));
            return codecs[^1];
        }

        var request = Situations.Request with { Extensions = [new ScriptedExtension("x-a") { OnConfirm = Made }] };
        using (Link link =
            Link.Connected(request, new AcceptConnection { Extensions = [new ScriptedExtension("x-a") { OnAccept = Made }] }))
            Assert.Equal([(0, 0), (0, 0)], codecs.Select(codec => codec.Endings));
        Assert.Equal([(1, 1), (1, 1)], codecs.Select(codec => codec.Endings));
    }

    private static void End(WsConnection connection)
    {
        connection.ReceiveEndOfStream();
        connection.ReadAll();
    }

    private static void ReadFrames(WsConnection connection, byte[] bytes)
    {
        connection.Receive(bytes);
        while (connection.TryReadFrame(out _))
        {
        }
    }
}
