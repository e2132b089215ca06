// Fuzzing without a package: changes inputs of the corpus at random and keeps those that show new behaviour. It knows nothing of
// branches, so it is no replacement for AFL++ or libFuzzer; it is there for a minute in the gate, and for who has neither.

namespace WsProto.Fuzz.Driver;

internal sealed class FuzzRun
{
    private const int MostFailures = 3;

    private readonly Target _target;
    private readonly Mutator _mutator;
    private readonly Random _random;
    private readonly Behaviour _behaviour = new();
    private readonly HashSet<uint> _seen = [];
    private readonly List<byte[]> _corpus = [];
    private readonly List<Failure> _failures = [];

    /// <param name="target">What to fuzz.</param>
    /// <param name="seed">The same seed gives the same inputs in the same order.</param>
    public FuzzRun(Target target, int seed)
    {
        _target = target;
        _random = new Random(seed);
        _mutator = new Mutator(target, Dictionary.Tokens, _random);
    }

    public long Runs { get; private set; }

    public int Begun { get; private set; }

    public int Corpus => _corpus.Count;

    public int Behaviours => _seen.Count;

    public IReadOnlyList<Failure> Failures => _failures;

    /// <summary>The input that is running, for the watchdog.</summary>
    public byte[] Current { get; private set; } = [];

    public void Begin(IEnumerable<byte[]> seeds)
    {
        foreach (byte[] seed in seeds)
        {
            Try(seed);
            _corpus.Add(seed);
        }

        Begun = _corpus.Count;
    }

    /// <summary>Runs until told to stop, or until it has found enough.</summary>
    public void Go(Func<bool> goOn)
    {
        while (_failures.Count < MostFailures && goOn())
        {
            // Half of the time one of those that came last: what is new leads further.
            int newest = Math.Max(1, _corpus.Count / 8);
            int index = _random.Next(2) == 0 ? _random.Next(_corpus.Count) : _corpus.Count - 1 - _random.Next(newest);
            byte[] input = _mutator.Mutate(_corpus[index], _corpus);
            if (Try(input))
                _corpus.Add(input);
        }
    }

    private bool Try(byte[] input)
    {
        Runs++;
        Current = input;
        _behaviour.Clear();
        if (FailureOf(input, _behaviour) is { } thrown)
        {
            Add(input, thrown);
            return false;
        }

        return _behaviour.AddTo(_seen);
    }

    private void Add(byte[] input, Exception thrown)
    {
        if (_failures.Exists(known => known.Kind == Failure.KindOf(thrown)))
            return;
        byte[] smaller = Minimizer.Minimize(
            input,
            candidate => FailureOf(candidate, new Behaviour()) is { } same && Failure.KindOf(same) == Failure.KindOf(thrown));
        _failures.Add(new Failure(smaller, FailureOf(smaller, new Behaviour()) ?? thrown));
    }

#pragma warning disable CA1031 // Whatever is thrown is what is looked for.
    private Exception? FailureOf(byte[] input, Behaviour behaviour)
    {
        try
        {
            _target.Run(input, behaviour);
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }
#pragma warning restore CA1031
}

/// <summary>An input that a target did not stand.</summary>
internal sealed record Failure(byte[] Input, Exception Thrown)
{
    public string Kind => KindOf(Thrown);

    /// <summary>The type, and where it was thrown or which rule it was.</summary>
    public static string KindOf(Exception thrown) =>
        thrown is OracleException
            ? new string([.. thrown.Message.Split('\n')[0].Where(c => !char.IsAsciiDigit(c))])
            : $"{thrown.GetType().Name} {thrown.StackTrace?.Split('\n')[0].Trim()}";
}
