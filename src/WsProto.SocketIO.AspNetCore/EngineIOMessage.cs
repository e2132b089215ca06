using System;
using System.Text;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>A message of an Engine.IO client.</summary>
/// <param name="Data">The message; text is UTF-8. The receiver may keep the memory.</param>
/// <param name="IsBinary">Whether the message is binary; otherwise it is text.</param>
public readonly record struct EngineIOMessage(ReadOnlyMemory<byte> Data, bool IsBinary)
{
    /// <summary>The message as text. A binary message is decoded as UTF-8, with U+FFFD for invalid bytes.</summary>
    public string Text => Encoding.UTF8.GetString(Data.Span);
}
