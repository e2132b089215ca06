using System.Reflection;
using WsProto.Tests.House;

namespace WsProto.Conformance.Tests.House;

/// <summary>What the library shows, and what it refers to.</summary>
public sealed class LibraryTests
{
    private static readonly Assembly _library = typeof(ConformanceRunner).Assembly;

    [Fact]
    public void Public_api_is_the_approved_one() =>
        Repository.Approve("src/WsProto.Conformance/PublicApi.approved.txt", PublicApiText.Of(_library));

    /// <summary>A judge that used the core would not see the faults of the core.</summary>
    [Fact]
    public void Judge_depends_on_the_base_class_library_alone() =>
        Assert.All(
            _library.GetReferencedAssemblies(),
            // Counting coverage adds netstandard.
            reference => Assert.True(
                reference.Name == "netstandard" || reference.Name!.StartsWith("System", StringComparison.Ordinal),
                reference.Name));
}
