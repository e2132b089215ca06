namespace WsProto.Interop.Tests;

/// <summary>The WebSocket implementations that the core talks to.</summary>
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
}
