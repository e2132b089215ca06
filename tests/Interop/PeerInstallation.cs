using System.ComponentModel;
using System.Diagnostics;

namespace WsProto.Interop.Tests;

/// <summary>Where a peer is, and whether it is there at all.</summary>
internal sealed class PeerInstallation
{
    /// <summary>Debian's packages are seen by Debian's interpreter, which need not be the first on the PATH.</summary>
    private const string Python = "/usr/bin/python3";

    private static readonly Dictionary<PeerKind, PeerInstallation> _all = new()
    {
        [PeerKind.PythonWebsockets] = new(Python, "websockets_peer.py", ["-c", "import websockets.legacy.client"],
            "python3-websockets is not installed for /usr/bin/python3 (apt-get install python3-websockets)"),
        [PeerKind.PythonWsproto] = new(Python, "wsproto_peer.py", ["-c", "import wsproto"],
            "python3-wsproto is not installed for /usr/bin/python3 (apt-get install python3-wsproto)"),
        [PeerKind.NodeWs] = new("node", "ws_peer.mjs", ["--input-type=module", "--eval", "import 'ws'"],
            "node or its module ws is not installed (npm ci in tests/Interop/peers)"),
        [PeerKind.Chromium] = new("node", "chat_browser.mjs", ["chat_browser.mjs", "probe"],
            "Chromium (apt-get install chromium; elsewhere than Debian's, set WSPROTO_CHROMIUM), node or its module "
                + "playwright-core is not installed (npm ci in tests/Interop/peers)"),
        [PeerKind.SocketIOChromium] = new("node", "socketio_chat_browser.mjs", ["socketio_chat_browser.mjs", "probe"],
            "Chromium, node, its module playwright-core or the page's client (npm ci in examples/SocketIOChat) is not installed"),
        [PeerKind.ConformanceChromium] = new("node", "conformance_browser.mjs", ["conformance_browser.mjs", "probe"],
            "Chromium (apt-get install chromium; elsewhere than Debian's, set WSPROTO_CHROMIUM), node or its module "
                + "playwright-core is not installed (npm ci in tests/Interop/peers)"),
        [PeerKind.Nginx] = new("/usr/sbin/nginx", "nginx.conf", ["-v"], "nginx is not installed (apt-get install nginx)"),
        [PeerKind.Haproxy] = new("/usr/sbin/haproxy", "haproxy.cfg", ["-v"], "haproxy is not installed (apt-get install haproxy)"),
        [PeerKind.Yarp] = new(),
        [PeerKind.NodeSocketIO] = new("node", "socketio_client.mjs",
            ["--input-type=module", "--eval", "import 'socket.io-client'; import 'socket.io-msgpack-parser'"],
            "node or its module socket.io-client or socket.io-msgpack-parser is not installed (npm ci in tests/Interop/peers)"),
        [PeerKind.NodeEngineIO] = new("node", "engineio_client.mjs", ["--input-type=module", "--eval", "import 'engine.io-client'"],
            "node or its module engine.io-client is not installed (npm ci in tests/Interop/peers)"),
        [PeerKind.PythonSocketIO] = new(Python, "socketio_client.py", ["-c", "import socketio, requests, websocket, msgpack"],
            "python3-socketio is not installed for /usr/bin/python3 (apt-get install python3-socketio python3-requests python3-websocket "
                + "python3-msgpack)"),
        [PeerKind.NodeSocketIOServer] = new("node", "socketio_server.mjs",
            ["--input-type=module", "--eval", "import 'socket.io'; import 'socket.io-msgpack-parser'"],
            "node or its module socket.io or socket.io-msgpack-parser is not installed (npm ci in tests/Interop/peers)"),
        [PeerKind.PythonSocketIOServer] = new(Python, "socketio_server.py", ["-c", "import flask_socketio, eventlet, aiohttp, msgpack"],
            "python3-flask-socketio is not installed for /usr/bin/python3 (apt-get install python3-flask-socketio python3-eventlet "
                + "python3-aiohttp python3-msgpack)"),
    };

    private readonly Lazy<bool> _isInstalled;
    private readonly string _advice;

    /// <summary>In this process.</summary>
    private PeerInstallation()
        : this("", "", [], "") => _isInstalled = new Lazy<bool>(true);

    private PeerInstallation(string program, string script, string[] probe, string advice)
    {
        Program = program;
        Script = script;
        _advice = advice;
        _isInstalled = new Lazy<bool>(() => Succeeds(program, probe));
    }

    /// <summary>WSPROTO_REQUIRE_PEERS=1: a peer that is missing fails the test instead of skipping it.</summary>
    public static bool AreRequired => Environment.GetEnvironmentVariable("WSPROTO_REQUIRE_PEERS") == "1";

    /// <summary>tests/Interop/peers, found from where the tests were built.</summary>
    public static string Folder { get; } = FindFolder();

    public string Program { get; }

    /// <summary>What the program runs, or a proxy's configuration.</summary>
    public string Script { get; }

    /// <summary>What to do about it if the peer is not installed; null if it is.</summary>
    public string? Missing => _isInstalled.Value ? null : _advice;

    public static PeerInstallation Of(PeerKind kind) => _all[kind];

    private static string FindFolder()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string peers = Path.Combine(folder.FullName, "tests", "Interop", "peers");
            if (Directory.Exists(peers))
                return peers;
        }

        throw new DirectoryNotFoundException($"tests/Interop/peers is in no folder above {AppContext.BaseDirectory}.");
    }

    private static bool Succeeds(string program, string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
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
