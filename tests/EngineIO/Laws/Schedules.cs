using FsCheck;
using FsCheck.Fluent;

namespace WsProto.EngineIO.Tests.Laws;

/// <summary>Something that a client, the application or time does; what it means is for the law to say.</summary>
internal readonly record struct Step(int Action, int Argument)
{
    public override string ToString() => $"{Action}:{Argument}";
}

/// <summary>Sequences of steps.</summary>
internal sealed class Schedule(Step[] steps)
{
    public IReadOnlyList<Step> Steps => steps;

    /// <param name="actions">How many actions there are.</param>
    /// <param name="longest">The most steps.</param>
    public static Arbitrary<Schedule> Of(int actions, int longest)
    {
        Gen<Step> step = from action in Gen.Choose(0, actions - 1) from argument in Gen.Choose(0, 9) select new Step(action, argument);
        Gen<Schedule> schedules = from length in Gen.Choose(1, longest) from steps in step.ArrayOf(length) select new Schedule(steps);
        return Arb.From(schedules, schedule => schedule.Shrink());
    }

    public override string ToString() => string.Join(' ', steps);

    /// <summary>Without a part, from halves down to single steps.</summary>
    private IEnumerable<Schedule> Shrink()
    {
        for (int length = steps.Length / 2; length > 0; length /= 2)
        {
            for (int start = 0; start + length <= steps.Length; start += length)
                yield return new([.. steps[..start], .. steps[(start + length)..]]);
        }
    }
}
