using FsCheck;
using FsCheck.Fluent;
using WsProto.Tests.Generators;

namespace WsProto.Tests.Laws;

/// <summary>A law that does not hold has to say so, small and so that it can be run again.</summary>
public class LawTests
{
    [Fact]
    public void A_law_that_is_broken_shows_the_seed_and_the_smallest_case()
    {
        Exception failure = Assert.ThrowsAny<Exception>(
            () => Law.Holds(Arb.From(Testing.Generators.Bytes.OfSize(50), Shrinks.Bytes), Law.Few, bytes => Assert.True(bytes.Length < 7)));
        Assert.Matches("^Run again with WSPROTO_SEED=[0-9]+( WSPROTO_TIMES=[0-9]+)?\n", failure.Message);
        Assert.Contains("[|0uy; 0uy; 0uy; 0uy; 0uy; 0uy; 0uy|]", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_law_runs_the_same_cases_each_time_within_a_run_of_the_project()
    {
        Assert.Equal(Seen(), Seen());

        static List<string> Seen()
        {
            var seen = new List<string>();
            Law.Holds(Scene.Arbitrary, 50, scene => seen.Add(scene.ToString()));
            return seen;
        }
    }

    [Fact]
    public void A_law_that_waits_is_waited_for()
    {
        int begun = 0;
        int ended = 0;
        Law.Holds(Cutting.Arbitrary, 20, async _ =>
        {
            Assert.Equal(begun++, ended);
            await Task.Yield();
            ended++;
        });
        Assert.Equal(begun, ended);
        Assert.Throws<UnexpectedOutcomeException>(() => Law.Holds(Cutting.Arbitrary, 20, async _ =>
        {
            await Task.Yield();
            Assert.Fail("broken");
        }));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public void A_law_about_no_cases_is_refused(int count) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Law.Holds(Cutting.Arbitrary, count, _ => { }));

    [Fact]
    public void A_broken_law_about_scenes_shrinks_to_a_plain_one()
    {
        Scene? smallest = null;
        Assert.ThrowsAny<Exception>(() => Law.Holds(Scene.Arbitrary, Law.Many, scene =>
        {
            if (scene.Input.Length < 3)
                return;
            smallest = scene;
            Assert.Fail("too long");
        }));
        Assert.Equal(3, smallest!.Input.Length);
        Assert.False(smallest.EndOfStream);
    }
}
