using System;
using WsProto.EngineIO;

namespace WsProto.SocketIO;

/// <summary>
/// Another form of packets on the wire than the protocol's own, each packet in one message. Both ends have to use the same.
/// </summary>
/// <remarks>
/// Implementations keep no state and are safe for concurrent use: one serves all sessions. They only translate. What a packet may say is
/// judged by <see cref="SocketIODecoder"/> as for the protocol's own form: its type, the name of its namespace, its id, the shape and the
/// depth of its payload, names of events that are reserved.
/// </remarks>
public abstract class SocketIOParser
{
    /// <summary>Makes the message of a packet.</summary>
    /// <param name="content">The packet. Its memory is valid until this returns.</param>
    public abstract Packet Encode(SocketIOContent content);

    /// <summary>The same event with one argument more at its end, for recovery.</summary>
    /// <param name="packet">An event without an id, as <see cref="Encode"/> made it.</param>
    /// <param name="argument">The argument: letters, digits and other characters that JSON does not escape.</param>
    public abstract Packet Append(Packet packet, string argument);

    /// <summary>Reads a message. What is malformed is an error and never an exception.</summary>
    /// <param name="message">The message; the content may keep parts of it. It has <see cref="SocketIODecoderOptions.MaxPacketSize"/> bytes
    /// at most.</param>
    /// <param name="isBinary">Whether it is a binary message of Engine.IO; otherwise a text message.</param>
    /// <param name="limits">The limits. An implementation that recurses heeds <see cref="SocketIODecoderOptions.MaxDepth"/>.</param>
    /// <param name="content">The packet; null on an error.</param>
    /// <returns>What is wrong; null if nothing is.</returns>
    public abstract SocketIOError? Decode(
        ReadOnlyMemory<byte> message, bool isBinary, SocketIODecoderOptions limits, out SocketIOContent? content);
}
