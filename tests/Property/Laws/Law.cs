// How laws run. A law is a sentence about all cases of a kind; here it is tried on many. Everything random comes from one seed, new
// for each run of the project; a failure prints it with the shrunk case, and WSPROTO_SEED=<number> runs the same cases again.
// WSPROTO_TIMES=<number> multiplies all counts, for longer runs.

using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace WsProto.Tests.Laws;

internal static class Law
{
    /// <summary>Cases of a law that costs microseconds each.</summary>
    public const int Many = 2_000;

    /// <summary>Cases of a law that runs a connection or two.</summary>
    public const int Usual = 800;

    /// <summary>Cases of a law that sends large messages or runs many connections.</summary>
    public const int Few = 200;

    /// <summary>Sizes grow over the cases of a law up to this.</summary>
    private const int LargestSize = 60;

    /// <summary>Any odd number will do: it makes one number enough to replay a run.</summary>
    private const ulong Gamma = 0x9E37_79B9_7F4A_7C15;

    private static readonly ulong _seed = Number("WSPROTO_SEED") ?? (ulong)Random.Shared.NextInt64();

    private static readonly int _times = (int)(Number("WSPROTO_TIMES") ?? 1);

    /// <summary>Tries a law, which throws for a case where it does not hold; fails with the smallest such case that shrinking finds.</summary>
    public static void Holds<T>(Arbitrary<T> cases, int count, Action<T> law)
    {
        Config config = Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithMaxTest(count * _times).WithEndSize(LargestSize).WithReplay(_seed, Gamma);
        try
        {
            Prop.ForAll(cases, law).Check(config);
        }
#pragma warning disable CA1031 // Whatever FsCheck throws is shown with the seed.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"Run again with WSPROTO_SEED={_seed}\n{Visible(e.Message)}"));
        }
    }

    /// <summary>Generated text holds control characters, which terminals and logs do not take well.</summary>
    private static string Visible(string text) =>
        string.Concat(text.Select(c => char.IsControl(c) && c is not ('\n' or '\r') ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}") : c.ToString()));

    private static ulong? Number(string variable) =>
        ulong.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : null;
}
