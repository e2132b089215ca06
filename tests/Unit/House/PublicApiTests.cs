using System.Text.RegularExpressions;

namespace WsProto.Tests.House;

public class PublicApiTests
{
    [Fact]
    public void Public_api_is_the_approved_one() =>
        Repository.Approve("src/WsProto/PublicApi.approved.txt", PublicApiText.Of(typeof(WsConnection).Assembly));

    [Fact]
    public void Public_api_for_testing_is_the_approved_one() =>
        Repository.Approve("src/WsProto.Testing/PublicApi.approved.txt", PublicApiText.Of(typeof(Link).Assembly));

    /// <summary>A member that is put between others must not change the numbers that other assemblies and logs have.</summary>
    [Fact]
    public void Public_enumerations_write_their_numbers_out()
    {
        List<string> found = [];
        foreach (string file in Directory.EnumerateFiles(Repository.PathOf("src"), "*.cs", SearchOption.AllDirectories))
        {
            foreach (Match enumeration in Regex.Matches(
                File.ReadAllText(file), @"public enum (\w+)[^{]*\{(.*?)^\}", RegexOptions.Singleline | RegexOptions.Multiline))
            {
                found.Add(enumeration.Groups[1].Value);
                Assert.All(
                    enumeration.Groups[2].Value.Split('\n').Where(line => Regex.IsMatch(line, @"^\s+\w")),
                    line => Assert.Matches(@"^\s+\w+ = [^=]+,\s*$", line));
            }
        }

        Assert.Subset(
            found.ToHashSet(),
            typeof(WsConnection).Assembly.GetExportedTypes().Where(type => type.IsEnum).Select(type => type.Name).ToHashSet());
    }

    /// <summary>What tests the core from outside must not know its inside, and nor could its users.</summary>
    [Fact]
    public void The_core_does_not_show_its_internals_to_the_package_for_testing() =>
        Assert.DoesNotContain(
            typeof(WsConnection).Assembly.GetCustomAttributesData(),
            attribute => attribute.ConstructorArguments is [{ Value: "WsProto.Testing" }, ..]);
}
