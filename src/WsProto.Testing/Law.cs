// How laws run. A law is a sentence about all cases of a kind; here it is tried on many. Everything random comes from one seed, new
// for each run of a test project unless it is fixed; a failure prints it with the shrunk case.

using System;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using FsCheck;
using FsCheck.Fluent;

namespace WsProto.Testing;

/// <summary>
/// Tries a law on many cases. A failure shows the smallest case that shrinking finds, and <c>Run again with WSPROTO_SEED=…</c>: with that
/// in the environment the same cases come again, all of them. <c>WSPROTO_TIMES=20</c> multiplies the number of cases, for a long run; to
/// replay one, set both.
/// </summary>
public static class Law
{
    /// <summary>Cases of a law that costs microseconds each.</summary>
    internal const int Many = 2_000;

    /// <summary>Cases of a law that runs a connection or two.</summary>
    internal const int Usual = 800;

    /// <summary>Cases of a law that sends large messages or runs many connections.</summary>
    internal const int Few = 200;

    /// <summary>Sizes grow over the cases of a law up to this.</summary>
    private const int LargestSize = 60;

    /// <summary>Any odd number will do: it makes one number enough to replay a run.</summary>
    private const ulong Gamma = 0x9E37_79B9_7F4A_7C15;

    private static readonly ulong? _setSeed = Number("WSPROTO_SEED");

    private static readonly ulong _seed = _setSeed ?? (ulong)Random.Shared.NextInt64();

    private static readonly ulong _times = Number("WSPROTO_TIMES") ?? 1;

    /// <summary>Tries a law.</summary>
    /// <typeparam name="T">A case; its <c>ToString</c> is what a failure shows.</typeparam>
    /// <param name="cases">How cases are drawn and shrunk: the <c>Arbitrary</c> of a generator, or <c>Arb.From</c> of any.</param>
    /// <param name="count">How many to draw.</param>
    /// <param name="law">
    /// Throws for a case where it does not hold: any exception, such as a failed assertion of your test framework.
    /// </param>
    /// <exception cref="UnexpectedOutcomeException">
    /// The law does not hold; the message has the seed, the case and what was thrown for it.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">There are no cases to draw, or with WSPROTO_TIMES 2^31 or more.</exception>
    public static void Holds<T>(Arbitrary<T> cases, int count, Action<T> law) => Holds(cases, count, law, _seed);

    /// <summary>Tries a law on the same cases each time, unless the environment asks for a seed or for a long run.</summary>
    internal static void HoldsAlike<T>(Arbitrary<T> cases, int count, Action<T> law) =>
        Holds(cases, count, law, _setSeed ?? (_times == 1 ? 1 : _seed));

    private static void Holds<T>(Arbitrary<T> cases, int count, Action<T> law, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ulong all = _times > int.MaxValue ? _times : (ulong)count * _times;
        if (all is 0 or > int.MaxValue)
            throw new ArgumentOutOfRangeException(nameof(count), all, "So many cases cannot be drawn.");
        Config config = Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithMaxTest((int)all).WithEndSize(LargestSize).WithReplay(seed, Gamma);
        try
        {
            Prop.ForAll(cases, law).Check(config);
        }
#pragma warning disable CA1031 // Whatever FsCheck throws is shown with the seed.
        catch (Exception e)
#pragma warning restore CA1031
        {
            throw new UnexpectedOutcomeException(string.Create(CultureInfo.InvariantCulture, $"Run again with WSPROTO_SEED={seed}{(_times == 1 ? "" : $" WSPROTO_TIMES={_times}")}\n{Visible(e.Message)}"));
        }
    }

    /// <summary>Tries a law that waits; one case after the other.</summary>
    /// <inheritdoc cref="Holds{T}(Arbitrary{T}, int, Action{T})"/>
    public static void Holds<T>(Arbitrary<T> cases, int count, Func<T, Task> law) =>
        Holds(cases, count, (T c) => law(c).GetAwaiter().GetResult());

    /// <summary>Generated text holds control characters, which terminals and logs do not take well.</summary>
    private static string Visible(string text) =>
        string.Concat(text.Select(c => char.IsControl(c) && c is not ('\n' or '\r') ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}") : c.ToString()));

    private static ulong? Number(string variable) => Environment.GetEnvironmentVariable(variable) switch
    {
        null or "" => null,
        var text when ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) => number,
        var text => throw new FormatException($"{variable} is '{text}', which is no number."),
    };
}
