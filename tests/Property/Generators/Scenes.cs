// Where in its life a connection is when bytes reach it, and the bytes to give it there.

using System.Buffers;
using FsCheck;
using FsCheck.Fluent;

namespace WsProto.Tests.Generators;

/// <summary>A point in the life of a connection.</summary>
internal enum Place
{
    /// <summary>Before a request came, or was sent.</summary>
    Beginning,

    /// <summary>Client: the request is out. Server: the same as the beginning.</summary>
    Asking,

    Open,

    /// <summary>In a message that was begun and is not finished, both ways.</summary>
    InMessage,

    LocalClosing,

    RemoteClosing,

    /// <summary>A refusal is half sent, or half read.</summary>
    Rejecting,

    Closed,
}

/// <summary>A connection, what comes to it, and how.</summary>
internal sealed record Scene(
    ConnectionRole Role, Place Place, WsConnectionOptions Options, byte[] Input, bool EndOfStream, Cutting Cutting, bool Accepts)
{
    public static readonly Gen<ConnectionRole> Roles = Gen.Elements(ConnectionRole.Client, ConnectionRole.Server);

    /// <summary>Options: both deliveries, all limits small enough to be met.</summary>
    public static readonly Gen<WsConnectionOptions> SomeOptions =
        from delivery in Gen.Elements(MessageDelivery.Whole, MessageDelivery.Chunks)
        from whole in Gen.Frequency((2, Gen.Constant<long?>(null)), (1, Gen.Choose(0, 300).Select(size => (long?)size)))
        from message in Gen.Frequency(
            (3, Gen.Constant<long?>(1 << 20)), (1, Gen.Constant<long?>(null)), (1, Gen.Choose(0, 300).Select(size => (long?)size)))
        from frame in Gen.Frequency((3, Gen.Constant<long?>(null)), (1, Gen.Choose(0, 300).Select(size => (long?)size)))
        from fragments in Gen.Frequency(
            (3, Gen.Constant<int?>(1024)), (1, Gen.Choose(1, 4).Select(count => (int?)count)), (1, Gen.Constant<int?>(null)))
        from handshake in Gen.Frequency((4, Gen.Constant(16 * 1024)), (1, Gen.Choose(1, 200)), (1, Gen.Choose(150, 500)))
        from headers in Gen.Frequency((4, Gen.Constant(100)), (1, Gen.Choose(1, 12)))
        from line in Gen.Frequency((4, Gen.Constant(8 * 1024)), (1, Gen.Choose(1, 100)))
        from body in Gen.Frequency((2, Gen.Constant(64 * 1024)), (1, Gen.Choose(0, 20)))
        select new WsConnectionOptions
        {
            MessageDelivery = delivery,
            MaxWholeMessageSize = whole,
            MaxMessageSize = message,
            MaxFrameSize = frame,
            MaxFragmentCount = fragments,
            MaxHandshakeSize = handshake,
            MaxHeaderCount = headers,
            MaxHeaderLineSize = line,
            MaxRejectBodySize = body,
            Random = Rand.Fixed(Heads.Nonce),
        };

    public static readonly Gen<Scene> Any =
        from role in Roles
        from place in Gen.Frequency(
            (1, Gen.Constant(Place.Beginning)), (6, Gen.Constant(Place.Asking)), (6, Gen.Constant(Place.Open)),
            (2, Gen.Constant(Place.InMessage)),
            (2, Gen.Constant(Place.LocalClosing)), (1, Gen.Constant(Place.RemoteClosing)), (2, Gen.Constant(Place.Rejecting)),
            (1, Gen.Constant(Place.Closed)))
        from options in SomeOptions
        from input in InputFor(role, place)
        from end in Gen.Elements(true, false)
        from cutting in Cutting.Any
        from accepts in Gen.Frequency((2, Gen.Constant(true)), (1, Gen.Constant(false)))
        select new Scene(role, place, options, input, end, cutting, accepts);

    /// <summary>As an input to a law.</summary>
    public static Arbitrary<Scene> Arbitrary => Arb.From(Any, Shrink);

    /// <summary>Makes the connection and brings it to its place.</summary>
    public WsConnection Create(ArrayPool<byte>? pool = null)
    {
        WsConnectionOptions options = Options with { Pool = pool ?? ArrayPool<byte>.Shared };
        bool handshake = Place is Place.Beginning or Place.Asking or Place.Rejecting;
        WsConnection connection = handshake ? new WsConnection(Role, options) : WsConnection.Established(Role, options: options);
        switch (Place)
        {
            case Place.Asking when Role == ConnectionRole.Client:
                connection.Send(new Request("example.com", "/") { Subprotocols = ["chat"] });
                break;
            case Place.Rejecting when Role == ConnectionRole.Client:
                connection.Send(new Request("example.com", "/"));
                connection.Read(Wire.Head("HTTP/1.1 500 No"));
                break;
            case Place.Rejecting:
                connection.Send(new RejectConnection { HasBody = true });
                break;
            case Place.InMessage:
                connection.Send(new TextMessage("half") { MessageFinished = false });
                connection.Read(Wire.FrameFor(Role, Opcode.Text, Wire.Utf8("h"), fin: false));
                break;
            case Place.LocalClosing:
                connection.Send(new CloseConnection(CloseCode.GoingAway));
                break;
            case Place.RemoteClosing:
                connection.Read(Wire.CloseFor(Role, 1000));
                break;
            case Place.Closed:
                connection.ReceiveEndOfStream();
                connection.ReadAll();
                break;
        }

        return connection;
    }

    /// <summary>What a caller does: accepts or waits, and answers a Close.</summary>
    public void Act(WsConnection connection, WsEvent e)
    {
        if (e is Request && Accepts)
            connection.Send(new AcceptConnection());
        if (e is CloseConnection close && connection.State == ConnectionState.RemoteClosing)
            connection.Send(close.Response());
    }

    public override string ToString() =>
        $"{Role} in {Place}, {(Accepts ? "accepts" : "waits")}, {Options.MessageDelivery}, limits whole {Options.MaxWholeMessageSize} "
        + $"message {Options.MaxMessageSize} frame {Options.MaxFrameSize} fragments {Options.MaxFragmentCount} "
        + $"head {Options.MaxHandshakeSize} headers {Options.MaxHeaderCount} line {Options.MaxHeaderLineSize} "
        + $"body {Options.MaxRejectBodySize}\n{Bytes.Show(Input)}{(EndOfStream ? " end" : "")}\n{Cutting}";

    public static IEnumerable<Scene> Shrink(Scene scene)
    {
        foreach (byte[] input in Shrinks.Bytes(scene.Input))
            yield return scene with { Input = input };
        foreach (Cutting cutting in Cutting.Shrink(scene.Cutting))
            yield return scene with { Cutting = cutting };
        if (scene.EndOfStream)
            yield return scene with { EndOfStream = false };
        WsConnectionOptions plain = new()
        {
            MessageDelivery = scene.Options.MessageDelivery,
            MaxWholeMessageSize = scene.Options.MaxWholeMessageSize,
            Random = scene.Options.Random,
        };
        if (plain != scene.Options)
            yield return scene with { Options = plain };
    }

    private static Gen<byte[]> InputFor(ConnectionRole role, Place place)
    {
        Gen<byte[]> frames = from stream in WireStream.Any
                             from bytes in HandshakeHeads.Mutated(stream.BytesFor(role))
                             select bytes;
        Gen<byte[]> heads = role == ConnectionRole.Server ? HandshakeHeads.Requests : HandshakeHeads.Responses;
        Gen<byte[]> expected = place is Place.Beginning or Place.Asking or Place.Rejecting
            ? from head in heads
              from early in Gen.Frequency((2, frames), (2, Gen.Constant(Array.Empty<byte>())), (1, Bytes.OfSize(600)))
              select Wire.Concat(head, early)
            : frames;
        return Gen.Frequency((12, expected), (1, Bytes.Any));
    }
}
