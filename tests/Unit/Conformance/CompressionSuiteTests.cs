using System.Globalization;
using System.Text;

namespace WsProto.Tests.Conformance;

/// <summary>12 and 13: compressed messages of many sizes, of several kinds of data, under several parameters.</summary>
/// <remarks>
/// The suite sends 1,000 messages in each case, 22 GB in all. Here a case ends once it has carried <see cref="Enough"/> bytes;
/// WSPROTO_FULL=1 sends them all.
/// </remarks>
[Trait("RFC", "7692 §7")]
[Trait("Gate", "Whole")]
public class CompressionSuiteTests
{
    private const int Messages = 1000;
    private const int Enough = 1 << 18;

    private static readonly (int Size, int Fragment)[] _lengths =
    [
        .. new[] { 16, 64, 256, 1024, 4096, 8192, 16_384, 32_768, 65_536, 131_072 }.Select(size => (size, int.MaxValue)),
        .. new[] { 8192, 16_384, 32_768, 65_536, 131_072 }.Select(size => (size, 256)),
        (131_072, 1024), (131_072, 4096), (131_072, 32_768),
    ];

    private static readonly bool _isFull = Environment.GetEnvironmentVariable("WSPROTO_FULL") == "1";

    /// <summary>The parameters of 13: whether the other end is asked to forget its history, and for which window; 0 is none.</summary>
    private static readonly (bool Forget, int Window)[][] _parameters =
        [[(false, 0)], [(true, 0)], [(false, 9)], [(false, 15)], [(true, 9)], [(true, 15)], [(true, 9), (true, 0), (false, 0)]];

    private static readonly (string Name, Opcode Opcode, Func<byte[]> Data)[] _data =
    [
        ("JSON", Opcode.Text, Json), ("picture", Opcode.Binary, Picture), ("prose", Opcode.Binary, Prose), ("HTML", Opcode.Text, Html),
        ("half noise", Opcode.Binary, HalfNoise),
    ];

    internal static IReadOnlyList<SuiteCase> Cases { get; } =
    [
        .. _data.SelectMany((data, x) => Section(12, x + 1, data.Name, data.Opcode, new Lazy<byte[]>(data.Data), _parameters[0])),
        .. _parameters.SelectMany(
            (parameters, x) => Section(13, x + 1, $"JSON, {Show(parameters)}", Opcode.Text, new Lazy<byte[]>(Json), parameters)),
    ];

    public static TheoryData<string, ConnectionRole> Data => Suite.InBothRoles(Cases);

    [Theory]
    [MemberData(nameof(Data))]
    public void Both_echo_compressed_messages_under_all_parameters(string id, ConnectionRole role) => Suite.Passes(id, role);

    private static IEnumerable<SuiteCase> Section(
        int chapter, int x, string name, Opcode opcode, Lazy<byte[]> data, (bool Forget, int Window)[] parameters) =>
        _lengths.Select((length, y) => new SuiteCase(
            string.Create(CultureInfo.InvariantCulture, $"{chapter}.{x}.{y + 1}"),
            $"{name}, {length.Size} octets{(length.Fragment == int.MaxValue ? "" : $", in frames of {length.Fragment}")}",
            role => Run(role, opcode, data.Value, parameters, length.Size, length.Fragment)));

    private static void Run(ConnectionRole role, Opcode opcode, byte[] data, (bool Forget, int Window)[] parameters, int size, int fragment)
    {
        using var peer =
            new CompressingPeer(role, role == ConnectionRole.Server ? string.Join(", ", parameters.Select(Offer)) : Answer(parameters[0]));
        (bool forget, int window) = parameters[0];
        if (role == ConnectionRole.Server)
        {
            Assert.Equal(forget, peer.Agreed.Contains("; server_no_context_takeover", StringComparison.Ordinal));
            Assert.Equal(window > 0, peer.Agreed.Contains($"; server_max_window_bits={window}", StringComparison.Ordinal));
        }

        int count = _isFull ? Messages : Math.Clamp(Enough / size, 1, Messages);
        for (int i = 0; i < count; i++)
        {
            int start = (int)((long)i * size % (data.Length - size + 1));
            peer.EchoesCompressed(opcode, data[start..(start + size)], fragment);
        }

        peer.ClosesCleanly();
    }

    /// <summary>A client that asks the server to limit itself, and that can do so itself.</summary>
    private static string Offer((bool Forget, int Window) asked) =>
        "permessage-deflate; client_no_context_takeover; client_max_window_bits"
        + (asked.Forget ? "; server_no_context_takeover" : "")
        + (asked.Window == 0 ? "" : $"; server_max_window_bits={asked.Window}");

    /// <summary>A server that tells the client to limit itself.</summary>
    private static string Answer((bool Forget, int Window) asked) =>
        "permessage-deflate"
        + (asked.Forget ? "; client_no_context_takeover" : "")
        + (asked.Window == 0 ? "" : $"; client_max_window_bits={asked.Window}");

    private static string Show((bool Forget, int Window)[] parameters) =>
        string.Join(
            " or ",
            parameters.Select(
                asked => $"{(asked.Forget ? "no takeover" : "takeover")}{(asked.Window == 0 ? "" : $" window {asked.Window}")}"));

    private static byte[] Json() => Repeated(random =>
        $$"""{"id":{{random.Next(1_000_000)}},"name":"{{(char)('a' + random.Next(26))}}{{random.Next(99)}}","on":true"""
        + $$""","at":[{{random.Next(999)}},{{random.Next(999)}}]},""");

    private static byte[] Html() => Repeated(
        random => $"<tr class=\"row\"><td>{random.Next(100_000)}</td><td><a href=\"/item/{random.Next(1000)}\">more</a></td></tr>\n");

    private static byte[] Prose() =>
        Repeated(random => "of the and in one house stone light over under river where nobody counts".Split(' ')[random.Next(14)] + " ");

    private static byte[] Picture()
    {
        var random = new Random(2);
        return [.. Enumerable.Range(0, Length).Select(i => (byte)((i / 512) + (i % 512 / 8) + random.Next(3)))];
    }

    private static byte[] HalfNoise()
    {
        byte[] data = Prose();
        for (int i = 0; i < data.Length; i += 8192)
            new Random(i).NextBytes(data.AsSpan(i, 4096));
        return data;
    }

    private const int Length = 256 << 10;

    private static byte[] Repeated(Func<Random, string> part)
    {
        var random = new Random(1);
        var text = new StringBuilder();
        while (text.Length < Length)
            text.Append(part(random));
        return Encoding.ASCII.GetBytes(text.ToString(0, Length));
    }
}
