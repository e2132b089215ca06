using FsCheck;
using FsCheck.Fluent;
using WsProto.Tests.Generators;
using WsProto.Tests.Laws;

namespace WsProto.Tests.Oracles;

/// <summary>The same bytes, read here and by System.Net.WebSockets: both understand the same, except for what is listed.</summary>
[Trait("RFC", "6455 §5")]
public class DifferentialTests
{
    /// <summary>Where the base class library differs, with bytes that show it.</summary>
    private static readonly Difference[] _differences =
    [
        new("It takes lengths that are not in their shortest form (§5.2 forbids them).",
            (here, error, there) => error == ProtocolError.NonMinimalLength,
            role => Wire.FrameFor(role, Opcode.Binary, [1, 2], form: LengthForm.TwoBytes)),
        new("It takes them in control frames too.",
            (here, error, there) => error == ProtocolError.ControlFrameTooLong,
            role => Wire.FrameFor(role, Opcode.Ping, [1, 2], form: LengthForm.TwoBytes)),
        new("It judges a header once all of it has come; here the first two octets are enough.",
            (here, error, there) => here.Ending == Ending.Broken && there.Ending == Ending.Lost,
            role => [0x89, role == ConnectionRole.Server ? (byte)0xFE : (byte)0x7E]),
        new("It reads a Close without a code as 1000; 'the Close Code is considered to be 1005' (§7.1.5).",
            (here, error, there) => here with { Close = "1000" } == there,
            role => Wire.CloseFor(role, null)),
        new("It delivers text that ends inside a character where the last fragment is empty (§8.1 wants the connection failed).",
            (here, error, there) => error == ProtocolError.InvalidUtf8 && there.Messages.Count > here.Messages.Count,
            role => Wire.Concat(Wire.FrameFor(role, Opcode.Text, [0xF4], fin: false), Wire.FrameFor(role, Opcode.Continuation, []))),
    ];

    public static TheoryData<int, ConnectionRole> Examples
    {
        get
        {
            var data = new TheoryData<int, ConnectionRole>();
            for (int i = 0; i < _differences.Length; i++)
            {
                data.Add(i, ConnectionRole.Client);
                data.Add(i, ConnectionRole.Server);
            }

            return data;
        }
    }

    [Fact]
    public void Both_libraries_understand_the_same() => Law.Holds(Cases, 2 * Law.Many, c =>
    {
        byte[] bytes = c.Stream.BytesFor(c.Role);
        Understood here = BaseClassLibrary.ReadHere(c.Role, bytes, c.Piece, out ProtocolError? error);
        Understood there = BaseClassLibrary.Read(c.Role, bytes, c.Piece);
        // Whatever the difference: what came before it was understood alike.
        bool isAlike = there.Messages.Take(here.Messages.Count).SequenceEqual(here.Messages);
        if (!here.Equals(there) && !(isAlike && _differences.Any(difference => difference.Explains(here, error, there))))
            Assert.Fail($"here  {here} {error}\nthere {there}");
    });

    /// <summary>A difference that is gone has to leave the list.</summary>
    [Theory]
    [MemberData(nameof(Examples))]
    public void Each_difference_is_there(int index, ConnectionRole role)
    {
        Difference difference = _differences[index];
        byte[] bytes = difference.Example(role);
        Understood here = BaseClassLibrary.ReadHere(role, bytes, int.MaxValue, out ProtocolError? error);
        Understood there = BaseClassLibrary.Read(role, bytes, int.MaxValue);
        Assert.NotEqual(here, there);
        Assert.True(difference.Explains(here, error, there), difference.What);
    }

    private static Arbitrary<Case> Cases => Arb.From(
        from stream in WireStream.Any
        from role in Scene.Roles
        from piece in Gen.Frequency((1, Gen.Constant(int.MaxValue)), (3, Gen.Choose(1, 300)))
        select new Case(stream, role, piece),
        c =>
        [
            .. WireStream.Shrink(c.Stream).Select(stream => c with { Stream = stream }),
            .. c.Piece < int.MaxValue ? new[] { c with { Piece = int.MaxValue } } : [],
        ]);

    private sealed record Case(WireStream Stream, ConnectionRole Role, int Piece)
    {
        public override string ToString() => $"{Role}\n{Stream}\nin pieces of {Piece}";
    }

    private sealed record Difference(
        string What, Func<Understood, ProtocolError?, Understood, bool> Explains, Func<ConnectionRole, byte[]> Example);
}
