using System.Buffers;
using System.Collections.Frozen;
using System.Reflection;
using WsProto.Tests.House;

namespace WsProto.EngineIO.Tests.House;

/// <summary>What the core shows, and what it refers to.</summary>
public sealed class CoreTests : IDisposable
{
    /// <summary>The only members of forbidden types that may be used, with the reason.</summary>
    private static readonly FrozenDictionary<string, string> _exceptions = new Dictionary<string, string>
    {
        ["System.Environment.get_CurrentManagedThreadId"] =
            "the compiler: every iterator asks whether it may hand out itself as the enumerator",
    }.ToFrozenDictionary();

    /// <summary>What a static field may be: nobody can change it after it was made.</summary>
    private static readonly FrozenDictionary<Type, string> _immutable = new Dictionary<Type, string>
    {
        [typeof(TimeSpan)] = "a value",
        [typeof(SearchValues<char>)] = "immutable",
        [typeof(Packet)] = "immutable",
        [typeof(EngineIOOrigins)] = "immutable",
        [typeof(EngineIOClientOptions)] = "immutable",
        [typeof(SessionUpgraded)] = "has no members",
        [typeof(SessionDrained)] = "has no members",
        [typeof(KeyValuePair<string, string>)] = "a value",
        [typeof(KeyValuePair<string, string>[])] = "could be written to, so only where it is not public; nothing does",
        [typeof(byte[])] = "the same",
    }.ToFrozenDictionary();

    private static readonly Assembly _core = typeof(EngineIOServer).Assembly;

    private readonly AssemblyReferences _references = new("WsProto.EngineIO");

    public void Dispose() => _references.Dispose();

    [Fact]
    public void Public_api_is_the_approved_one() =>
        Repository.Approve("src/WsProto.EngineIO/PublicApi.approved.txt", PublicApiText.Of(_core));

    [Fact]
    public void Core_refers_to_approved_types_only() =>
        Repository.Approve("src/WsProto.EngineIO/ExternalTypes.approved.txt", _references.Text);

    [Fact]
    public void Core_knows_no_io_no_clock_no_thread_no_predictable_randomness()
    {
        Assert.Equal(_exceptions.Keys.Order(), _references.ForbiddenMembers);
        Assert.Equal(_exceptions.Keys.Select(AssemblyReferences.TypeOf).Distinct().Order(), _references.ForbiddenTypes);
        Assert.Contains("System.Security.Cryptography.RandomNumberGenerator", _references.Types);
    }

    [Fact]
    public void Core_has_no_mutable_statics() =>
        Assert.All(
            AssemblyReferences.StaticFieldsOf(_core),
            field => Assert.True(
                field.IsInitOnly && _immutable.ContainsKey(field.FieldType) && !(field.FieldType.IsArray && field.IsPublic),
                $"{field.DeclaringType}.{field.Name}"));

    [Fact]
    public void Core_depends_on_the_base_class_library_alone() =>
        Assert.All(
            _core.GetReferencedAssemblies(),
            // Counting coverage adds netstandard.
            reference => Assert.True(
                reference.Name == "netstandard" || reference.Name!.StartsWith("System", StringComparison.Ordinal),
                reference.Name));
}
