using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using WsProto.Interop.Tests;

namespace WsProto.Tests.Oracles;

/// <summary>
/// A library in another process that says what it makes of a case. It answers each line with a line and remembers nothing, so cases can be
/// shrunk.
/// </summary>
/// <remarks>It starts when it is first asked, and ends with this process.</remarks>
/// <param name="peer">The library, which has to be installed.</param>
/// <param name="script">In the folder of the peers; its top explains the lines.</param>
internal sealed class OracleProcess(PeerKind peer, string script)
{
    private readonly Lazy<Process> _process = new(() => Start(PeerInstallation.Of(peer), script));

    public T Ask<T>(JsonNode line)
    {
        Process process = _process.Value;
        process.StandardInput.WriteLine(line.ToJsonString());
        process.StandardInput.Flush();
        string answer = process.StandardOutput.ReadLine()
            ?? throw new InvalidOperationException($"The oracle {script} has ended; what it said is above.");
        return JsonSerializer.Deserialize<T>(answer, JsonSerializerOptions.Web)!;
    }

    private static Process Start(PeerInstallation installation, string script)
    {
        if (installation.Missing is { } missing)
            throw new InvalidOperationException($"WSPROTO_REQUIRE_PEERS is set, but {missing}.");
        return Process.Start(new ProcessStartInfo(installation.Program, [script])
        {
            WorkingDirectory = PeerInstallation.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        })!;
    }
}
