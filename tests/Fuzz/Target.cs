using WsProto.Fuzz.Targets;

namespace WsProto.Fuzz;

/// <summary>Something of the core that is fed any bytes, and the oracle that judges what comes of it.</summary>
internal abstract class Target(string name)
{
    /// <summary>All targets, in the order of the layers from the bytes up.</summary>
    public static IReadOnlyList<Target> All { get; } =
    [
        new RequestTarget(), new ResponseTarget(), new ExtensionHeaderTarget(), new ServerTarget(), new ClientTarget(),
        new EstablishedTarget(), new InflaterTarget(), new Utf8Target(), new CutsTarget(), new EngineIOTarget(),
        new SocketIOTarget(), new MessagePackTarget(),
    ];

    /// <summary>Its name on the command line, and that of its folder in Corpus and Crashes.</summary>
    public string Name { get; } = name;

    public static Target? Find(string name) => All.FirstOrDefault(target => target.Name == name);

    /// <summary>Runs one input. Whatever is thrown is a fault: of the core or of the oracle.</summary>
    /// <param name="input">Any bytes.</param>
    /// <param name="behaviour">Takes note of what was seen, for the driver.</param>
    public abstract void Run(ReadOnlySpan<byte> input, Behaviour behaviour);

    /// <summary>Small inputs to begin with: one for each thing that the target can do.</summary>
    public abstract IEnumerable<Seed> Seeds();

    /// <summary>Something that makes sense in the middle of an input, for the mutator; null for nothing but the dictionary.</summary>
    public virtual byte[]? Piece(Random random) => null;
}

/// <summary>An input of the corpus.</summary>
/// <param name="Name">The name of its file.</param>
/// <param name="Input">Its bytes.</param>
internal sealed record Seed(string Name, byte[] Input);
