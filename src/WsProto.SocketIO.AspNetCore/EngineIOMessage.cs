using System;
using System.Text;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>A message of a client of Engine.IO.</summary>
/// <param name="Data">The message, text as UTF-8. It is the receiver's to keep.</param>
/// <param name="IsBinary">Whether it is a binary message; else it is text.</param>
public readonly record struct EngineIOMessage(ReadOnlyMemory<byte> Data, bool IsBinary)
{
    /// <summary>The message as text. A binary one as if it were UTF-8, with U+FFFD for what is not.</summary>
    public string Text => Encoding.UTF8.GetString(Data.Span);
}
