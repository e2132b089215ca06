using System;
using Microsoft.AspNetCore.Http;
using WsProto.EngineIO;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>A protocol or application on top of Engine.IO. It provides a receiver for each session.</summary>
internal abstract class EngineApplication
{
    /// <summary>Handles that a session has opened. It is called under the session's lock, so it must return at once.</summary>
    /// <param name="client">The session.</param>
    /// <param name="context">The request of the handshake. It ends soon, so copy what is needed now.</param>
    internal abstract EngineReceiver Open(EngineClient client, HttpContext context);
}

/// <summary>
/// Receives the events of one session. All methods are called under the session's lock, in order, and must return at once.
/// </summary>
internal abstract class EngineReceiver
{
    /// <summary>Handles a message.</summary>
    /// <param name="data">The message. The receiver may keep the memory.</param>
    /// <param name="isBinary">Whether the message is binary; otherwise it is text.</param>
    internal abstract void Receive(ReadOnlyMemory<byte> data, bool isBinary);

    /// <summary>Handles a reminder that <see cref="EngineClient.Remind"/> requested. It may come late, or be superfluous.</summary>
    internal virtual void OnTimer()
    {
    }

    /// <summary>Handles the end of the session. No call follows.</summary>
    internal abstract void Close(SessionClosed closed);
}
