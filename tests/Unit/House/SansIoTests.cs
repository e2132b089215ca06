// "Sans-IO" as a test: what the core refers to outside itself, read from the metadata of its assembly.

using System.Buffers;
using System.Collections.Frozen;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using WsProto.Extensions;

namespace WsProto.Tests.House;

public sealed class SansIoTests : IDisposable
{
    /// <summary>Types and namespaces, by the beginning of their names, that have no place in a function of its inputs.</summary>
    private static readonly string[] _forbidden =
    [
        "System.IO.", "System.Net.", "System.Console", // I/O
        "System.Threading.", "System.Timers.", // threads, tasks, timers
        "System.Diagnostics.Stopwatch", "System.Diagnostics.Process", "System.DateTime", "System.DateOnly", "System.TimeOnly", "System.TimeProvider", "System.Environment", // clocks, surroundings
        "System.Random", "System.Guid", // randomness that is not meant to be unpredictable
        "System.Text.RegularExpressions.", // unbounded time over hostile input
        "System.Runtime.CompilerServices.Unsafe", "System.Runtime.InteropServices.Marshal", "System.Runtime.InteropServices.NativeMemory", // unsafe code
    ];

    /// <summary>The only members of forbidden types that may be used, with the reason.</summary>
    private static readonly FrozenDictionary<string, string> _exceptions = new Dictionary<string, string>
    {
        ["System.Environment.get_CurrentManagedThreadId"] = "the compiler: every iterator asks whether it may hand out itself as the enumerator",
        ["System.Runtime.CompilerServices.Unsafe.Add"] = "the compiler: a collection expression that is a span on the stack",
        ["System.Runtime.CompilerServices.Unsafe.As"] = "the same",
        ["System.Runtime.CompilerServices.Unsafe.AsRef"] = "the same",
        ["System.Runtime.CompilerServices.Unsafe.ByteOffset"] = "Masking.cs: how far an address is from an aligned one; nothing is read or written through it",
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

    private readonly PEReader _file = new(File.OpenRead(Original));

    /// <summary>The assembly as it was compiled. The copy that the tests run may have been instrumented, to measure coverage.</summary>
    private static string Original
    {
        get
        {
            DirectoryInfo framework = new(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
            return Repository.PathOf($"src/WsProto/bin/{framework.Parent!.Name}/{framework.Name}/WsProto.dll");
        }
    }

    private MetadataReader Metadata => _file.GetMetadataReader();

    public void Dispose() => _file.Dispose();

    [Fact]
    public void Core_refers_to_approved_types_only()
    {
        // Attributes run no code, and which ones the compiler adds depends on the configuration.
        IEnumerable<string> names = ReferredTypes()
            .Where(name => !name.Contains("Attribute", StringComparison.Ordinal) && !name.StartsWith("System.Diagnostics.Debugger", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
        Repository.Approve("src/WsProto/ExternalTypes.approved.txt", string.Concat(names.Select(name => name + "\n")));
    }

    [Fact]
    [Trait("Register", "S25")]
    [Trait("Register", "S33")]
    [Trait("MUST", "5.3-3")]
    public void Core_knows_no_io_no_clock_no_thread_no_predictable_randomness()
    {
        Assert.Equal(_exceptions.Keys.Order(), ReferredMembers().Where(member => IsForbidden(TypeOf(member))).Order());
        Assert.Equal(_exceptions.Keys.Select(TypeOf).Distinct().Order(), ReferredTypes().Where(IsForbidden).Order());
        Assert.Contains("System.Security.Cryptography.RandomNumberGenerator", ReferredTypes());
    }

    [Fact]
    public void Core_has_no_mutable_statics()
    {
        IEnumerable<FieldInfo> statics = _core.GetTypes()
            .Where(type => type.Namespace?.StartsWith("WsProto", StringComparison.Ordinal) == true && !type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false) && !type.IsEnum)
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(field => !field.IsLiteral);
        Assert.All(statics, field => Assert.True(field.IsInitOnly && _immutable.ContainsKey(field.FieldType) && !(field.FieldType.IsArray && field.IsPublic), $"{field.DeclaringType}.{field.Name}"));
    }

    [Fact]
    public void Core_has_unsafe_code_in_the_binding_to_zlib_and_for_one_address_alone()
    {
        IEnumerable<string> native = Metadata.MethodDefinitions
            .Select(Metadata.GetMethodDefinition)
            .Where(method => (method.Attributes & MethodAttributes.PinvokeImpl) != 0)
            .Select(method => Metadata.GetString(Metadata.GetTypeDefinition(method.GetDeclaringType()).Name));
        Assert.Equal(["ZlibElsewhere", "ZlibOnWindows"], native.Distinct().Order(StringComparer.Ordinal));

        IEnumerable<string> sources = Directory.EnumerateFiles(Repository.PathOf("src/WsProto"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && Regex.IsMatch(File.ReadAllText(path), @"\bunsafe (partial|class|static|void|struct)|\bUnsafe\.|\bfixed \(\w+\*"));
        Assert.Equal(["Masking.cs", "ZlibLibrary.cs", "ZlibStream.cs"], sources.Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private static bool IsForbidden(string type) => Array.Exists(_forbidden, name => type.StartsWith(name, StringComparison.Ordinal));

    private static string TypeOf(string member) => member[..member.LastIndexOf('.')];

    private IEnumerable<string> ReferredTypes() => Metadata.TypeReferences.Select(NameOf);

    private IEnumerable<string> ReferredMembers() =>
        Metadata.MemberReferences
            .Select(Metadata.GetMemberReference)
            .Where(member => member.Parent.Kind == HandleKind.TypeReference)
            .Select(member => $"{NameOf((TypeReferenceHandle)member.Parent)}.{Metadata.GetString(member.Name)}");

    private string NameOf(TypeReferenceHandle handle)
    {
        TypeReference type = Metadata.GetTypeReference(handle);
        string name = Metadata.GetString(type.Name);
        return type.ResolutionScope.Kind == HandleKind.TypeReference
            ? $"{NameOf((TypeReferenceHandle)type.ResolutionScope)}+{name}"
            : $"{Metadata.GetString(type.Namespace)}.{name}";
    }
}
