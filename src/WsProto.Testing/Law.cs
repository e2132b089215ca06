// Laws: a law is a sentence about all cases of a kind, and is tested with many of them. All random numbers come from one seed, which is new
// for each run of a test project unless it is set. A failure prints it with the shrunk case.

using System;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using FsCheck;
using FsCheck.Fluent;

namespace WsProto.Testing;

/// <summary>Tests a law with many cases.</summary>
/// <remarks>
/// A failure shows the smallest case that shrinking finds, and <c>Run again with WSPROTO_SEED=…</c>: with this environment variable, all
/// laws get the same cases again. <c>WSPROTO_TIMES=20</c> multiplies the number of cases, for a long run. To replay a long run, set both.
/// </remarks>
public static class Law
{
    /// <summary>The number of cases of a law that takes microseconds.</summary>
    internal const int Many = 2_000;

    /// <summary>The number of cases of a law that runs a connection or two.</summary>
    internal const int Usual = 800;

    /// <summary>The number of cases of a law that sends large messages or runs many connections.</summary>
    internal const int Few = 200;

    /// <summary>The size up to which cases grow.</summary>
    private const int LargestSize = 60;

    /// <summary>
    /// The second number of FsCheck's seed, which must be odd. It is fixed, so that one number is enough to replay a run.
    /// </summary>
    private const ulong Gamma = 0x9E37_79B9_7F4A_7C15;

    private static readonly ulong? _setSeed = Number("WSPROTO_SEED");

    private static readonly ulong _seed = _setSeed ?? (ulong)Random.Shared.NextInt64();

    private static readonly ulong _times = Number("WSPROTO_TIMES") ?? 1;

    /// <summary>Tests a law.</summary>
    /// <typeparam name="T">The type of a case. Failures show its <c>ToString</c>.</typeparam>
    /// <param name="cases">Generates and shrinks cases: the <c>Arbitrary</c> property of a generator, or <c>Arb.From</c>.</param>
    /// <param name="count">The number of cases.</param>
    /// <param name="law">Throws if the law does not hold for a case: any exception, for example that of a failed assertion.</param>
    /// <exception cref="UnexpectedOutcomeException">
    /// The law does not hold. The message has the seed, the case, and the exception.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The number of cases, multiplied by WSPROTO_TIMES, is not positive or is more than 2^31 - 1.
    /// </exception>
    public static void Holds<T>(Arbitrary<T> cases, int count, Action<T> law) => Holds(cases, count, law, _seed);

    /// <summary>Tests a law with the same cases each time, unless the environment sets a seed or a long run.</summary>
    internal static void HoldsAlike<T>(Arbitrary<T> cases, int count, Action<T> law) =>
        Holds(cases, count, law, _setSeed ?? (_times == 1 ? 1 : _seed));

    private static void Holds<T>(Arbitrary<T> cases, int count, Action<T> law, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ulong all = _times > int.MaxValue ? _times : (ulong)count * _times;
        if (all is 0 or > int.MaxValue)
            throw new ArgumentOutOfRangeException(nameof(count), all, "The number of cases is not positive, or too large.");
        Config config = Config.QuickThrowOnFailure
            .WithQuietOnSuccess(true)
            .WithMaxTest((int)all)
            .WithEndSize(LargestSize)
            .WithReplay(seed, Gamma);
        try
        {
            Prop.ForAll(cases, law).Check(config);
        }
#pragma warning disable CA1031 // What FsCheck throws is shown with the seed.
        catch (Exception e)
#pragma warning restore CA1031
        {
            string times = _times == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" WSPROTO_TIMES={_times}");
            string again = string.Create(CultureInfo.InvariantCulture, $"Run again with WSPROTO_SEED={seed}{times}");
            throw new UnexpectedOutcomeException($"{again}\n{Visible(e.Message)}");
        }
    }

    /// <summary>Tests an asynchronous law, one case after the other.</summary>
    /// <inheritdoc cref="Holds{T}(Arbitrary{T}, int, Action{T})"/>
    public static void Holds<T>(Arbitrary<T> cases, int count, Func<T, Task> law) =>
        Holds(cases, count, (T c) => law(c).GetAwaiter().GetResult());

    /// <summary>Escapes the control characters of generated text, which terminals and logs would interpret.</summary>
    private static string Visible(string text) =>
        string.Concat(text.Select(c => char.IsControl(c) && c is not ('\n' or '\r')
            ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}")
            : c.ToString()));

    private static ulong? Number(string variable) => Environment.GetEnvironmentVariable(variable) switch
    {
        null or "" => null,
        var text when ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) => number,
        var text => throw new FormatException($"{variable} is '{text}', which is not a number."),
    };
}
