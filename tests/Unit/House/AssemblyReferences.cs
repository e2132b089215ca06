// What an assembly refers to outside itself, read from its metadata, and what of it has no place in a function of its inputs.

using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;

namespace WsProto.Tests.House;

/// <summary>
/// The references of an assembly as it was compiled. The copy that tests run may have been instrumented, to measure coverage.
/// </summary>
internal sealed class AssemblyReferences(string project) : IDisposable
{
    /// <summary>Types and namespaces, by the beginning of their names, that have no place in a function of its inputs.</summary>
    private static readonly string[] _forbidden =
    [
        "System.IO.", "System.Net.", "System.Console", // I/O
        "System.Threading.", "System.Timers.", // threads, tasks, timers
        "System.Diagnostics.Stopwatch", "System.Diagnostics.Process", "System.DateTime", "System.DateOnly", "System.TimeOnly", // clocks
        "System.TimeProvider", "System.Environment", // surroundings
        "System.Random", "System.Guid", // randomness that is not meant to be unpredictable
        "System.Text.RegularExpressions.", // unbounded time over hostile input
        "System.Runtime.CompilerServices.Unsafe", // unsafe code
        "System.Runtime.InteropServices.Marshal", "System.Runtime.InteropServices.NativeMemory",
    ];

    private readonly PEReader _file = new(File.OpenRead(PathOf(project)));

    public MetadataReader Metadata => _file.GetMetadataReader();

    /// <summary>
    /// All types that are referred to. Of attributes, which run no code, the compiler adds some that depend on the configuration.
    /// </summary>
    public IEnumerable<string> Types => Metadata.TypeReferences.Select(NameOf);

    public IEnumerable<string> ForbiddenTypes => Types.Where(IsForbidden).Order();

    public IEnumerable<string> ForbiddenMembers => Members.Where(member => IsForbidden(TypeOf(member))).Order();

    /// <summary>The list that is approved: a line for each type.</summary>
    public string Text => string.Concat(Types
        .Where(name => !name.Contains("Attribute", StringComparison.Ordinal)
            && !name.StartsWith("System.Diagnostics.Debugger", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal)
        .Select(name => name + "\n"));

    private IEnumerable<string> Members =>
        Metadata.MemberReferences
            .Select(Metadata.GetMemberReference)
            .Where(member => member.Parent.Kind == HandleKind.TypeReference)
            .Select(member => $"{NameOf((TypeReferenceHandle)member.Parent)}.{Metadata.GetString(member.Name)}");

    /// <summary>The static fields that were written, which is all but what the compiler makes.</summary>
    public static IEnumerable<FieldInfo> StaticFieldsOf(Assembly assembly) => assembly.GetTypes()
        .Where(type => type.Namespace?.StartsWith("WsProto", StringComparison.Ordinal) == true && !type.IsEnum)
        .Where(type => !type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false))
        .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Where(field => !field.IsLiteral);

    public static string TypeOf(string member) => member[..member.LastIndexOf('.')];

    public void Dispose() => _file.Dispose();

    private static bool IsForbidden(string type) => Array.Exists(_forbidden, name => type.StartsWith(name, StringComparison.Ordinal));

    private static string PathOf(string project)
    {
        DirectoryInfo framework = new(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        return Repository.PathOf($"src/{project}/bin/{framework.Parent!.Name}/{framework.Name}/{project}.dll");
    }

    private string NameOf(TypeReferenceHandle handle)
    {
        TypeReference type = Metadata.GetTypeReference(handle);
        string name = Metadata.GetString(type.Name);
        return type.ResolutionScope.Kind == HandleKind.TypeReference
            ? $"{NameOf((TypeReferenceHandle)type.ResolutionScope)}+{name}"
            : $"{Metadata.GetString(type.Namespace)}.{name}";
    }
}
