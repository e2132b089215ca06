using System.Buffers;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using WsProto.Tests.House;

namespace WsProto.SocketIO.Tests.House;

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
        [typeof(SocketIOArguments)] = "immutable",
        [typeof(SocketIODecoderOptions)] = "immutable",
        [typeof(SocketIOConnectionOptions)] = "immutable",
        [typeof(SocketIOClientConnectionOptions)] = "immutable",
        [typeof(SearchValues<char>)] = "immutable",
        [typeof(FrozenSet<string>)] = "immutable",
        [typeof(ImmutableArray<string>)] = "immutable",
        [typeof(JsonSerializerOptions)] = "made read-only",
        [typeof(JsonWriterOptions)] = "a value",
        [typeof(TimeSpan)] = "a value",
    }.ToFrozenDictionary();

    private static readonly Assembly _core = typeof(SocketIODecoder).Assembly;

    private readonly AssemblyReferences _references = new("WsProto.SocketIO");

    public void Dispose() => _references.Dispose();

    [Fact]
    public void Public_api_is_the_approved_one() =>
        Repository.Approve("src/WsProto.SocketIO/PublicApi.approved.txt", PublicApiText.Of(_core));

    [Fact]
    public void Core_refers_to_approved_types_only() =>
        Repository.Approve("src/WsProto.SocketIO/ExternalTypes.approved.txt", _references.Text);

    [Fact]
    public void Core_knows_no_io_no_clock_no_thread_no_randomness()
    {
        Assert.Equal(_exceptions.Keys.Order(), _references.ForbiddenMembers);
        Assert.Equal(_exceptions.Keys.Select(AssemblyReferences.TypeOf).Distinct().Order(), _references.ForbiddenTypes);
        Assert.Contains("System.Text.Json.Utf8JsonReader", _references.Types);
    }

    [Fact]
    public void Core_has_no_mutable_statics() =>
        Assert.All(
            AssemblyReferences.StaticFieldsOf(_core),
            field => Assert.True(field.IsInitOnly && _immutable.ContainsKey(field.FieldType), $"{field.DeclaringType}.{field.Name}"));

    [Fact]
    public void Core_depends_on_the_base_class_library_and_Engine_IO_alone() =>
        Assert.All(
            _core.GetReferencedAssemblies(),
            reference => Assert.True(
                reference.Name is "netstandard" or "WsProto.EngineIO" || reference.Name!.StartsWith("System", StringComparison.Ordinal),
                reference.Name));
}
