namespace WsProto.Tests.House;

/// <summary>
/// A table of CONFORMANCE.md. The first cell of a row is its id; the last holds the tests that prove it, in backticks, and notes, separated
/// by <c>&lt;br&gt;</c>. Tests are written by a test, notes by people.
/// </summary>
internal sealed class ConformanceTable
{
    private const string Break = "<br>";

    /// <summary>What stands where something should.</summary>
    private const string Nothing = "**no test**";

    private readonly string[] _head;
    private readonly ILookup<string, string> _tests;

    /// <summary>Reads a table.</summary>
    /// <param name="text">Its lines.</param>
    /// <param name="tests">The tests by the id of the row that they prove.</param>
    public ConformanceTable(string text, ILookup<string, string> tests)
    {
        string[] lines = text.Split('\n');
        _head = lines[..2];
        _tests = tests;
        Rows = [.. lines[2..].Select(Cells)];
    }

    public IReadOnlyList<string[]> Rows { get; }

    public IEnumerable<string> Ids => Rows.Select(Id);

    /// <summary>Rows that neither a test nor a note speaks for.</summary>
    public IEnumerable<string> Unproven => Rows.Where(row => !_tests[Id(row)].Any() && !Notes(row).Any()).Select(Id);

    /// <summary>The table with the tests as they are.</summary>
    public override string ToString() =>
        string.Join('\n', _head.Concat(Rows.Select(row => $"| {string.Join(" | ", row[..^1].Append(Proof(row)))} |")));

    private static string Id(string[] row) => row[0].Trim('`');

    private static IEnumerable<string> Notes(string[] row) =>
        row[^1].Split(Break, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(part => !part.StartsWith('`') && part != Nothing);

    private string Proof(string[] row)
    {
        IEnumerable<string> parts = Notes(row).Concat(_tests[Id(row)].Distinct().Order(StringComparer.Ordinal).Select(test => $"`{test}`"));
        return string.Join(Break, parts.DefaultIfEmpty(Nothing));
    }

    private static string[] Cells(string line) =>
    [
        .. line.Trim().Trim('|').Replace("\\|", "\0", StringComparison.Ordinal).Split('|')
            .Select(cell => cell.Trim().Replace("\0", "\\|", StringComparison.Ordinal)),
    ];
}
