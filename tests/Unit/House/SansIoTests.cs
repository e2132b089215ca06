// "Sans-IO" as a test: what the core refers to outside itself, read from the metadata of its assembly.

using System.Buffers;
using System.Collections.Frozen;
using System.Reflection;
using System.Reflection.Metadata;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using WsProto.Extensions;

namespace WsProto.Tests.House;

public sealed class SansIoTests : IDisposable
{
    /// <summary>The only members of forbidden types that may be used, with the reason.</summary>
    private static readonly FrozenDictionary<string, string> _exceptions = new Dictionary<string, string>
    {
        ["System.Environment.get_CurrentManagedThreadId"] =
            "the compiler: every iterator asks whether it may hand out itself as the enumerator",
        ["System.Runtime.CompilerServices.Unsafe.Add"] = "the compiler: a collection expression that is a span on the stack",
        ["System.Runtime.CompilerServices.Unsafe.As"] = "the same",
        ["System.Runtime.CompilerServices.Unsafe.AsRef"] = "the same",
        ["System.Runtime.CompilerServices.Unsafe.ByteOffset"] =
            "Masking.cs: how far an address is from an aligned one; nothing is read or written through it",
        ["System.Runtime.CompilerServices.Unsafe.NullRef"] = "the same",
        ["System.Runtime.InteropServices.NativeMemory.AllocZeroed"] = "ZlibStream.cs: the state of zlib, which must not move",
        ["System.Runtime.InteropServices.NativeMemory.Free"] = "the same",
    }.ToFrozenDictionary();

    /// <summary>What a static field may be: nobody can change it after it was made.</summary>
    private static readonly FrozenDictionary<Type, string> _immutable = new Dictionary<Type, string>
    {
        [typeof(SearchValues<byte>)] = "immutable",
        [typeof(SearchValues<char>)] = "immutable",
        [typeof(UTF8Encoding)] = "immutable unless cloned",
        [typeof(WsConnectionOptions)] = "a record with init properties",
        [typeof(HeaderList)] = "immutable",
        [typeof(Exception)] = "why zlib is not there; kept to be shown, never thrown",
        [typeof(string[])] = "could be written to, so only where it is not public; nothing does",
    }.ToFrozenDictionary();

    private static readonly Assembly _core = typeof(WsConnection).Assembly;

    private readonly AssemblyReferences _references = new("WsProto");

    public void Dispose() => _references.Dispose();

    [Fact]
    public void Core_refers_to_approved_types_only() => Repository.Approve("src/WsProto/ExternalTypes.approved.txt", _references.Text);

    [Fact]
    [Trait("Register", "S25")]
    [Trait("Register", "S33")]
    [Trait("MUST", "5.3-3")]
    public void Core_knows_no_io_no_clock_no_thread_no_predictable_randomness()
    {
        Assert.Equal(_exceptions.Keys.Order(), _references.ForbiddenMembers);
        Assert.Equal(_exceptions.Keys.Select(AssemblyReferences.TypeOf).Distinct().Order(), _references.ForbiddenTypes);
        Assert.Contains("System.Security.Cryptography.RandomNumberGenerator", _references.Types);
    }

    [Fact]
    public void Core_has_no_mutable_statics()
    {
        Assert.All(AssemblyReferences.StaticFieldsOf(_core), field => Assert.True(
            field.IsInitOnly && _immutable.ContainsKey(field.FieldType) && !(field.FieldType.IsArray && field.IsPublic),
            $"{field.DeclaringType}.{field.Name}"));
    }

    [Fact]
    public void Core_has_unsafe_code_in_the_binding_to_zlib_and_for_one_address_alone()
    {
        MetadataReader metadata = _references.Metadata;
        IEnumerable<string> native = metadata.MethodDefinitions
            .Select(metadata.GetMethodDefinition)
            .Where(method => (method.Attributes & MethodAttributes.PinvokeImpl) != 0)
            .Select(method => metadata.GetString(metadata.GetTypeDefinition(method.GetDeclaringType()).Name));
        Assert.Equal(["ZlibElsewhere", "ZlibOnWindows"], native.Distinct().Order(StringComparer.Ordinal));

        IEnumerable<string> sources = Directory.EnumerateFiles(Repository.PathOf("src/WsProto"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal)
                && Regex.IsMatch(File.ReadAllText(path), @"\bunsafe (partial|class|static|void|struct)|\bUnsafe\.|\bfixed \(\w+\*"));
        Assert.Equal(["Masking.cs", "ZlibLibrary.cs", "ZlibStream.cs"], sources.Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }
}
