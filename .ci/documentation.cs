// Removes from the documentation of libraries what is said of members that nobody else can use. The compiler writes the comments of all
// members, and no option of it keeps to the public ones.
//
// Usage: dotnet run .ci/documentation.cs -- FOLDER…. Each file X.xml below the folders that has X.dll beside it is rewritten.
#:property PublishAot=false
#:property ImplicitUsings=enable

using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

int files = 0, members = 0, kept = 0;
foreach (string file in args.SelectMany(folder => Directory.EnumerateFiles(folder, "*.xml", SearchOption.AllDirectories)))
{
    string assembly = Path.ChangeExtension(file, ".dll");
    if (!File.Exists(assembly))
        continue;
    files++;
    Rewrite(file, PublicNames(assembly));
}

Console.WriteLine($"{files} files, {kept} of {members} members");
return files > 0 ? 0 : 1;

void Rewrite(string file, HashSet<string> names)
{
    XDocument document = XDocument.Load(file, LoadOptions.PreserveWhitespace);
    Dictionary<string, XElement> all = document.Descendants("member").ToDictionary(member => member.Attribute("name")!.Value);
    HashSet<string> wanted = [];
    Stack<string> open = new(all.Keys.Where(name => names.Contains(Plain(name))));
    while (open.TryPop(out string? name))
    {
        if (!wanted.Add(name) || !all.TryGetValue(name, out XElement? member))
            continue;
        // What is said of this member is written there.
        foreach (XElement inherited in member.Descendants("inheritdoc"))
        {
            if (inherited.Attribute("cref") is { } source)
                open.Push(source.Value);
        }
    }

    foreach (XElement member in all.Where(member => !wanted.Contains(member.Key)).Select(member => member.Value))
    {
        (member.PreviousNode as XText)?.Remove();
        member.Remove();
    }

    members += all.Count;
    kept += all.Keys.Count(wanted.Contains);
    XmlWriterSettings settings = new() { Encoding = new UTF8Encoding(false), NewLineHandling = NewLineHandling.None };
    using var writer = XmlWriter.Create(file, settings);
    document.Save(writer);
}

// The name of a member in XML, with the number of a method's parameters in place of their types.
static string Plain(string name)
{
    name = name.Split('~')[0];
    if (!name.StartsWith("M:", StringComparison.Ordinal))
        return name.Split('(')[0];
    string[] parts = name.TrimEnd(')').Split('(', 2);
    return $"{Regex.Replace(parts[0], "``[0-9]+$", "")}({(parts.Length == 1 ? 0 : Count(parts[1]))})";
}

static int Count(string parameters)
{
    int count = 1, depth = 0;
    foreach (char c in parameters)
    {
        depth += c is '{' or '[' or '(' ? 1 : c is '}' or ']' or ')' ? -1 : 0;
        count += c == ',' && depth == 0 ? 1 : 0;
    }

    return count;
}

// What others can use of an assembly, in the form of Plain.
static HashSet<string> PublicNames(string assembly)
{
    using PEReader file = new(File.OpenRead(assembly));
    MetadataReader reader = file.GetMetadataReader();
    HashSet<string> names = [];
    foreach (TypeDefinition type in reader.TypeDefinitions.Select(reader.GetTypeDefinition).Where(type => IsPublicType(reader, type)))
    {
        string owner = NameOf(reader, type);
        bool isSealed = type.Attributes.HasFlag(TypeAttributes.Sealed);
        names.Add($"T:{owner}");
        names.UnionWith(type.GetMethods().Select(reader.GetMethodDefinition).Where(IsUsable).Select(method =>
            $"M:{owner}.{reader.GetString(method.Name).Replace('.', '#')}({ParametersOf(reader, method)})"));
        names.UnionWith(type.GetFields().Select(reader.GetFieldDefinition)
            .Where(field => IsPublic((MethodAttributes)(field.Attributes & FieldAttributes.FieldAccessMask), isSealed))
            .Select(field => $"F:{owner}.{reader.GetString(field.Name)}"));
        names.UnionWith(type.GetProperties().Select(reader.GetPropertyDefinition)
            .Where(property => property.GetAccessors() is var own && (IsAccessor(own.Getter) || IsAccessor(own.Setter)))
            .Select(property => $"P:{owner}.{reader.GetString(property.Name)}"));
        names.UnionWith(type.GetEvents().Select(reader.GetEventDefinition)
            .Where(raised => IsAccessor(raised.GetAccessors().Adder))
            .Select(raised => $"E:{owner}.{reader.GetString(raised.Name)}"));

        bool IsAccessor(MethodDefinitionHandle method) => !method.IsNil && IsUsable(reader.GetMethodDefinition(method));
        bool IsUsable(MethodDefinition method) => IsPublic(method.Attributes & MethodAttributes.MemberAccessMask, isSealed);
    }

    return names;
}

static bool IsPublicType(MetadataReader reader, TypeDefinition type) => (type.Attributes & TypeAttributes.VisibilityMask) switch
{
    TypeAttributes.Public => true,
    TypeAttributes.NestedPublic or TypeAttributes.NestedFamily or TypeAttributes.NestedFamORAssem =>
        IsPublicType(reader, reader.GetTypeDefinition(type.GetDeclaringType())),
    _ => false,
};

static string NameOf(MetadataReader reader, TypeDefinition type)
{
    string name = reader.GetString(type.Name);
    if (!type.GetDeclaringType().IsNil)
        return $"{NameOf(reader, reader.GetTypeDefinition(type.GetDeclaringType()))}.{name}";
    string space = reader.GetString(type.Namespace);
    return space.Length == 0 ? name : $"{space}.{name}";
}

// The values are the same for fields. Nobody derives from a type that is sealed.
static bool IsPublic(MethodAttributes access, bool isSealed) => access is MethodAttributes.Public
    || (access is MethodAttributes.Family or MethodAttributes.FamORAssem && !isSealed);

static int ParametersOf(MetadataReader reader, MethodDefinition method)
{
    BlobReader signature = reader.GetBlobReader(method.Signature);
    if (signature.ReadSignatureHeader().IsGeneric)
        signature.ReadCompressedInteger();
    return signature.ReadCompressedInteger();
}
