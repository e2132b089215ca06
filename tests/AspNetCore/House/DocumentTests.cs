using System.Text.RegularExpressions;
using WsProto.Tests.House;

namespace WsProto.AspNetCore.Tests.House;

public class DocumentTests
{
    /// <summary>Whoever renames a test has to say so in the document that calls it a proof.</summary>
    [Fact]
    public void Tests_that_the_document_names_are_there()
    {
        MatchCollection names =
            Regex.Matches(File.ReadAllText(Repository.PathOf("docs/aspnetcore.md")), @"`(?<class>\w+Tests)\.(?<method>\w+)`");
        Assert.True(names.Count > 20);
        Assert.All(names, name => Assert.NotNull(typeof(DocumentTests).Assembly
            .GetType($"WsProto.AspNetCore.Tests.{name.Groups["class"]}")?.GetMethod(name.Groups["method"].Value)));
    }
}
