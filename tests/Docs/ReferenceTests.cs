using System.Text.RegularExpressions;
using WsProto.Docs.Tests.Reference;
using WsProto.Tests.House;

namespace WsProto.Docs.Tests;

/// <summary>The tables of the reference say what the code says.</summary>
public sealed partial class ReferenceTests
{
    [Fact]
    public void Reference_is_about_every_library() => Assert.Equal(
        Directory.EnumerateDirectories(Repository.PathOf("src"), "WsProto*").Select(folder => Path.GetFileName(folder)!)
            .Except(["WsProto.Cli"]).Order(StringComparer.Ordinal),
        Packages.Assemblies.Select(Packages.NameOf).Order(StringComparer.Ordinal));

    [Fact]
    public void Options_page_has_every_option() => Approve("docs/reference/options.md", ("options", OptionTables.All()));

    [Fact]
    public void Errors_page_has_every_error() => Approve(
        "docs/reference/errors.md",
        ("frames", ErrorTables.Frames()),
        ("handshake", ErrorTables.Handshake()),
        ("request", ErrorTables.Request()),
        ("response", ErrorTables.Response()),
        ("local", ErrorTables.Local()));

    [Fact]
    public void Exceptions_page_has_every_exception_of_every_member() =>
        Approve("docs/reference/exceptions.md", ("exceptions", ExceptionTables.All()));

    [Fact]
    public void Telemetry_page_has_every_instrument_and_event() => Approve(
        "docs/reference/telemetry.md", ("instruments", TelemetryTables.Instruments()), ("logs", TelemetryTables.Logs()));

    /// <summary>The page takes instruments from the files that are known to make them, and by how a call is written.</summary>
    [Fact]
    public void No_instrument_is_left_out() => Assert.Equal(
        Directory.EnumerateFiles(Repository.PathOf("src"), "*.cs", SearchOption.AllDirectories)
            .Sum(file => Creation().Count(File.ReadAllText(file))),
        TelemetryTables.Instruments().Split('\n').Count(row => row.Contains(" | `wsproto.", StringComparison.Ordinal)));

    private static void Approve(string page, params (string Name, string Content)[] parts) =>
        Repository.Approve(page, parts.Aggregate(Repository.Read(page), (text, part) => Markers.Set(text, part.Name, part.Content)));

    [GeneratedRegex(@"\.Create(Counter|UpDownCounter|Histogram|Gauge|Observable\w+)<")]
    private static partial Regex Creation();
}
