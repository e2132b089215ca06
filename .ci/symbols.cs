// Says what is wrong with the symbols of packages: whoever debugs a program has to get each source, whatever the machine.
//
// Usage: dotnet run .ci/symbols.cs -- FEED TREE ADDRESS. FEED has the packages, TREE the sources that they were made from, and ADDRESS is
// where these are to be found by their path.
#:property PublishAot=false
#:property ImplicitUsings=enable

using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.Json.Nodes;

// Custom debug information of portable PDBs.
Guid sourceLink = new("CC110556-A091-4D38-9FEC-25AB9A351A6A");
Guid embeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");
const string Root = "/_/"; // the root of the sources in a deterministic build

string feed = args[0], tree = args[1], address = args[2];
List<string> faults = [];
int symbols = 0, documents = 0;
foreach (string package in Directory.EnumerateFiles(feed, "*nupkg").Order(StringComparer.Ordinal))
{
    using ZipArchive files = ZipFile.OpenRead(package);
    foreach (ZipArchiveEntry file in files.Entries.Where(file => file.Name.StartsWith("WsProto", StringComparison.Ordinal)))
    {
        string name = $"{Path.GetFileName(package)}: {file.FullName}";
        if (file.Name.EndsWith(".pdb", StringComparison.Ordinal))
            faults.AddRange(OfSymbols(Contents(file)).Select(fault => $"{name}: {fault}"));
        else if (file.Name.EndsWith(".dll", StringComparison.Ordinal))
            faults.AddRange(OfAssembly(Contents(file)).Select(fault => $"{name}: {fault}"));
    }
}

if (documents == 0)
    faults.Add("No symbols with sources were found.");
Console.WriteLine(faults.Count > 0 ? string.Join('\n', faults) : $"{symbols} files of symbols with {documents} sources");
return faults.Count > 0 ? 1 : 0;

IEnumerable<string> OfSymbols(MemoryStream content)
{
    symbols++;
    using MetadataReaderProvider provider = MetadataReaderProvider.FromPortablePdbStream(content);
    MetadataReader reader = provider.GetMetadataReader();
    string wanted = $$$"""{"documents":{"{{{Root}}}*":"{{{address}}}*"}}""";
    string? map = Find(reader, EntityHandle.ModuleDefinition, sourceLink);
    if (map is null || !JsonNode.DeepEquals(JsonNode.Parse(map), JsonNode.Parse(wanted)))
        yield return $"its SourceLink is {map ?? "missing"}, and not {wanted}";
    foreach (DocumentHandle handle in reader.Documents)
    {
        documents++;
        string document = reader.GetString(reader.GetDocument(handle).Name);
        if (!document.StartsWith(Root, StringComparison.Ordinal))
            yield return $"the source {document} has a path of this machine";
        else if (Find(reader, handle, embeddedSource) is null && !IsInRepository(document[Root.Length..]))
            yield return $"the source {document} is neither in the repository nor in the symbols";
    }
}

static IEnumerable<string> OfAssembly(MemoryStream content)
{
    using PEReader reader = new(content);
    return
    [
        .. reader.ReadDebugDirectory()
            .Where(entry => entry.Type == DebugDirectoryEntryType.CodeView)
            .Select(entry => reader.ReadCodeViewDebugDirectoryData(entry).Path)
            .Where(path => !path.StartsWith(Root, StringComparison.Ordinal))
            .Select(path => $"the path of its symbols, {path}, is one of this machine"),
    ];
}

bool IsInRepository(string path) => File.Exists(Path.Combine(tree, path)) && !path.Contains("/obj/", StringComparison.Ordinal);

static string? Find(MetadataReader reader, EntityHandle parent, Guid kind) => reader.GetCustomDebugInformation(parent)
    .Select(reader.GetCustomDebugInformation)
    .Where(information => reader.GetGuid(information.Kind) == kind)
    .Select(information => System.Text.Encoding.UTF8.GetString(reader.GetBlobBytes(information.Value)))
    .SingleOrDefault();

static MemoryStream Contents(ZipArchiveEntry file)
{
    MemoryStream content = new();
    using Stream stream = file.Open();
    stream.CopyTo(content);
    content.Position = 0;
    return content;
}
