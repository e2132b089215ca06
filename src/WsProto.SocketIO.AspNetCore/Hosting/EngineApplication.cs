using System;
using Microsoft.AspNetCore.Http;
using WsProto.EngineIO;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>What stands on Engine.IO: for each session that opens it gives what its messages go to.</summary>
internal abstract class EngineApplication
{
    /// <summary>A session is open. Called under its lock, so it returns at once.</summary>
    /// <param name="client">The session.</param>
    /// <param name="context">The request of the handshake. It ends soon: take what is needed now.</param>
    internal abstract EngineReceiver Open(EngineClient client, HttpContext context);
}

/// <summary>What the events of one session go to. All is called under the session's lock, in order, and returns at once.</summary>
internal abstract class EngineReceiver
{
    /// <summary>A message came.</summary>
    /// <param name="data">The receiver's to keep.</param>
    /// <param name="isBinary">Else it is text.</param>
    internal abstract void Receive(ReadOnlyMemory<byte> data, bool isBinary);

    /// <summary>What <see cref="EngineClient.Remind"/> was asked for. It may come late or for nothing.</summary>
    internal virtual void OnTimer()
    {
    }

    /// <summary>The session is over; nothing more comes.</summary>
    internal abstract void Close(SessionClosed closed);
}
