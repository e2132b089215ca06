namespace WsProto.Tests.House;

public class ReadmeTests
{
    public static TheoryData<string> Documents =>
        ["README.md", "docs/sessions.md", "docs/client.md", "docs/listener.md", "docs/aspnetcore.md", "docs/testing.md"];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Examples_are_compiled_code(string document) =>
        Repository.Approve(document, CodeBlocks.Refresh(Repository.Read(document), Repository.Read));

    [Theory]
    [MemberData(nameof(Documents))]
    public void No_csharp_is_without_a_source(string document) =>
        Assert.Equal(0, CodeBlocks.CountUnmarked(Repository.Read(document)));

    [Fact]
    public void Marked_block_is_replaced_by_its_region_without_indentation() =>
        Assert.Equal(
            "Text\n<!-- example: a.cs#loop -->\n```csharp\nif (x)\n\n    Y();\n```\nMore",
            CodeBlocks.Refresh(
                "Text\n<!-- example: a.cs#loop -->\n```csharp\nold\n```\nMore",
                _ => "class A\n{\n    #region loop\n    if (x)\n\n        Y();\n    #endregion\n}\n"));

    [Fact]
    public void Marked_block_without_a_region_is_replaced_by_its_file() =>
        Assert.Equal(
            "<!-- example: a.cs -->\n```csharp\nwhole();\nfile();\n```",
            CodeBlocks.Refresh("<!-- example: a.cs -->\n```csharp\n```", _ => "whole();\nfile();\n"));

    [Fact]
    public void Regions_of_a_program_follow_each_other() =>
        Assert.Equal(
            "<!-- example: a.cs#usings+run -->\n```csharp\nusing A;\n\nRun();\n```",
            CodeBlocks.Refresh(
                "<!-- example: a.cs#usings+run -->\n```csharp\n```",
                _ => "#region usings\nusing A;\n#endregion\nclass B\n{\n    #region run\n    Run();\n    #endregion\n}\n"));

    [Fact]
    public void Regions_of_other_languages_are_marked_in_comments() =>
        Assert.Equal(
            "<!-- example: a.py#run -->\n```python\nrun()\n```\n<!-- example: a.js#run -->\n```javascript\nrun()\n```",
            CodeBlocks.Refresh(
                "<!-- example: a.py#run -->\n```python\n```\n<!-- example: a.js#run -->\n```javascript\n```",
                path => path == "a.py"
                    ? "import x\n# #region run\nrun()\n# #endregion\n"
                    : "// #region run\nrun()\n// #endregion\nend()\n"));

    [Theory]
    [InlineData("csharp")]
    [InlineData("c#")]
    [InlineData("python")]
    [InlineData("js")]
    public void Block_without_a_mark_is_counted(string language) =>
        Assert.Equal(
            1, CodeBlocks.CountUnmarked($"<!-- example: a.cs -->\n```csharp\nx\n```\n\n```{language}\ny\n```\n\n```json\n{{}}\n```\n"));
}
