namespace WsProto.Interop.Tests;

/// <summary>The WebSocket implementations that the core talks to, and the proxies that it talks through.</summary>
public enum PeerKind
{
    /// <summary>Debian's python3-websockets.</summary>
    PythonWebsockets,

    /// <summary>Debian's python3-wsproto.</summary>
    PythonWsproto,

    /// <summary>ws from npm, on Node.</summary>
    NodeWs,

    /// <summary>Debian's Chromium, driven by npm's playwright-core, with the page of examples/AspNetChat.</summary>
    Chromium,

    /// <summary>The same with the page of examples/SocketIOChat.</summary>
    SocketIOChromium,

    /// <summary>The same with the page of a judge of clients.</summary>
    ConformanceChromium,

    /// <summary>Debian's nginx, in front of a route.</summary>
    Nginx,

    /// <summary>Debian's haproxy, in front of a route.</summary>
    Haproxy,

    /// <summary>NuGet's Yarp.ReverseProxy in this process, in front of a route.</summary>
    Yarp,

    /// <summary>socket.io-client from npm, on Node.</summary>
    NodeSocketIO,

    /// <summary>engine.io-client from npm, on Node.</summary>
    NodeEngineIO,

    /// <summary>Debian's python3-socketio, with python3-websocket for WebSockets.</summary>
    PythonSocketIO,

    /// <summary>socket.io, the server, from npm, on Node.</summary>
    NodeSocketIOServer,

    /// <summary>Debian's python3-flask-socketio and python3-socketio, with python3-eventlet and python3-aiohttp.</summary>
    PythonSocketIOServer,
}
