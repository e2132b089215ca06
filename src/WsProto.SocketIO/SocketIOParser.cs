using System;
using WsProto.EngineIO;

namespace WsProto.SocketIO;

/// <summary>
/// A custom parser: encodes packets differently from the protocol, each as one message. Server and client must use the same parser.
/// </summary>
/// <remarks>
/// <para>Implementations are stateless and thread-safe: one instance serves all sessions.</para>
/// <para>
/// A parser only translates. <see cref="SocketIODecoder"/> checks the content of a packet as with the protocol's encoding: its type,
/// namespace, id, the structure and depth of its payload, and reserved names of events.
/// </para>
/// </remarks>
public abstract class SocketIOParser
{
    /// <summary>Encodes a packet.</summary>
    /// <param name="content">The content. Its memory is valid until the method returns.</param>
    /// <returns>The message.</returns>
    public abstract Packet Encode(SocketIOContent content);

    /// <summary>Adds the recovery offset to an event as its last argument.</summary>
    /// <param name="packet">An event without an id, from <see cref="Encode"/>.</param>
    /// <param name="argument">The offset. It has no characters that JSON escapes.</param>
    /// <returns>The message.</returns>
    public abstract Packet Append(Packet packet, string argument);

    /// <summary>Decodes a message. A malformed message is an error, not an exception.</summary>
    /// <param name="message">
    /// The message, of at most <see cref="SocketIODecoderOptions.MaxPacketSize"/> bytes. The content may refer to its memory.
    /// </param>
    /// <param name="isBinary">Whether it is a binary message of Engine.IO; otherwise it is text.</param>
    /// <param name="limits">The limits. A recursive implementation must observe <see cref="SocketIODecoderOptions.MaxDepth"/>.</param>
    /// <param name="content">The content; null on an error.</param>
    /// <returns>The error; null if there is none.</returns>
    public abstract SocketIOError? Decode(
        ReadOnlyMemory<byte> message, bool isBinary, SocketIODecoderOptions limits, out SocketIOContent? content);
}
