using System.Reflection;
using Xunit.Sdk;

namespace WsProto.Docs.Tests;

/// <summary>
/// The scripts of a language that pages name. They are skipped where what runs them is not installed, unless peers are required.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ScriptsAttribute : DataAttribute
{
    public ScriptsAttribute(string extension)
    {
        Extension = extension;
        ScriptHost host = extension == ".py" ? ScriptHost.Python : ScriptHost.Node;
        if (Environment.GetEnvironmentVariable("WSPROTO_REQUIRE_PEERS") != "1" && host.Missing is { } missing)
            Skip = missing;
    }

    public string Extension { get; }

    public override IEnumerable<object?[]> GetData(MethodInfo testMethod) => Named(Extension).Select(script => (object?[])[script]);

    internal static IEnumerable<string> Named(string extension) => ProgramTests.OutputsOfPages()
        .SelectMany(output => output.Programs)
        .Where(name => Path.GetExtension(name) == extension)
        .Distinct();
}
