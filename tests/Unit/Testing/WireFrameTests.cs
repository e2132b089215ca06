using WsProto.Testing.Generators;

namespace WsProto.Tests.Testing;

/// <summary>Frames that tests compare have to be equal by what they hold.</summary>
public class WireFrameTests
{
    private static readonly WireFrame _frame = new(Opcode.Binary, [1, 2, 3]);

    [Fact]
    public void Equal_where_all_fields_are()
    {
        var same = new WireFrame(Opcode.Binary, [1, 2, 3]) { Key = [.. _frame.Key] };
        Assert.Equal(_frame, same);
        Assert.Equal(_frame.GetHashCode(), same.GetHashCode());
        Assert.False(_frame.Equals(null));
    }

    [Fact]
    public void Different_where_one_field_is()
    {
        WireFrame[] others =
        [
            _frame with { Opcode = Opcode.Text },
            _frame with { Payload = [1, 2, 4] },
            _frame with { Payload = [1, 2] },
            _frame with { Fin = false },
            _frame with { Rsv = 1 },
            _frame with { Key = [0, 0, 0, 0] },
            _frame with { WrongMask = true },
            _frame with { Form = LengthForm.TwoBytes },
            _frame with { Announced = 3 },
        ];
        Assert.All(others, other => Assert.NotEqual(_frame, other));
    }
}
