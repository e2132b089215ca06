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
    public void Release_is_called_once_at_every_ending_and_not_before(ConnectionRole role)
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
            ScriptedExtension[] extensions = [new ScriptedExtension("x-a"), new ScriptedExtension("x-b")];
            WsConnection connection = WsConnection.Established(role, extensions);
            connection.Send(new TextMessage("a"));
            connection.Read(Wire.FrameFor(role, Opcode.Text, "a"u8.ToArray(), fin: false));
            foreach (Action<WsConnection> step in steps)
            {
                Assert.All(extensions, extension => Assert.True(extension.Releases == 0, name));
                step(connection);
            }

            Assert.Equal(ConnectionState.Closed, connection.State);
            Assert.All(extensions, extension => Assert.True(extension.Releases == 1, name));
            connection.Read(close);
            connection.Dispose();
            connection.Dispose();
            Assert.All(extensions, extension => Assert.True(extension.Releases == 1, name));
            Assert.Equal(extensions, connection.Extensions);
        }
    }

    [Fact]
    public void Release_is_for_the_object_of_the_connection_and_not_for_the_template()
    {
        var objects = new List<ScriptedExtension>();
        ScriptedExtension Made()
        {
            objects.Add(new ScriptedExtension("x-a"));
            return objects[^1];
        }

        var ofClient = new ScriptedExtension("x-a") { OnConfirm = _ => Made() };
        var ofServer = new ScriptedExtension("x-a") { OnAccept = offer => new ExtensionAgreement(Made(), offer) };
        using (Link link = Link.Connected(Situations.Request with { Extensions = [ofClient] }, new AcceptConnection { Extensions = [ofServer] }))
            Assert.Equal([0, 0], objects.Select(extension => extension.Releases));
        Assert.Equal([1, 1], objects.Select(extension => extension.Releases));
        Assert.Equal((0, 0), (ofClient.Releases, ofServer.Releases));
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
