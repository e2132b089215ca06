using System.ComponentModel;
using System.Diagnostics;
using WsProto.Tests.House;

namespace WsProto.Docs.Tests;

/// <summary>What runs scripts, with the libraries that they show.</summary>
internal sealed class ScriptHost
{
    private readonly string _program;
    private readonly Lazy<string?> _missing;

    private ScriptHost(string program, string[] probe, string advice)
    {
        _program = program;
        _missing = new Lazy<string?>(() => Succeeds(probe) ? null : advice);
    }

    /// <summary>Debian's packages are seen by Debian's interpreter, which need not be the first on the PATH.</summary>
    internal static ScriptHost Python { get; } = new(
        "/usr/bin/python3",
        ["-c", "import websockets, wsproto, websocket, flask_socketio, socketio, requests"],
        "one of python3-websockets, python3-wsproto, python3-websocket, python3-flask-socketio, python3-socketio and python3-requests is "
        + "not installed for /usr/bin/python3 (apt-get install)");

    internal static ScriptHost Node { get; } = new(
        "node",
        ["--eval", "require('socket.io'); require('socket.io-client')"],
        "node or one of its modules socket.io and socket.io-client is not installed (npm ci in tests/Interop/peers)");

    /// <summary>What to do about it if it is not installed; null if it is.</summary>
    internal string? Missing => _missing.Value;

    internal ProcessStartInfo ToRun(params string[] arguments)
    {
        var start = new ProcessStartInfo(_program, arguments);
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        start.Environment["NODE_PATH"] = Repository.PathOf("tests/Interop/peers/node_modules");
        return start;
    }

    private bool Succeeds(string[] probe)
    {
        ProcessStartInfo start = ToRun(probe);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        try
        {
            using Process process = Process.Start(start)!;
            if (process.WaitForExit(TimeSpan.FromSeconds(30)))
                return process.ExitCode == 0;
            process.Kill(entireProcessTree: true);
            return false;
        }
        catch (Win32Exception)
        {
            return false; // there is no such program
        }
    }
}
