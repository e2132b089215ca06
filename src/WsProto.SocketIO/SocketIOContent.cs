using System;
using System.Collections.Generic;

namespace WsProto.SocketIO;

/// <summary>What a packet says, between a <see cref="SocketIOParser"/> and the core: JSON, and bytes, which JSON has not.</summary>
/// <param name="Type">What the packet is.</param>
/// <param name="Namespace">Which namespace it is for; <c>/</c> is the main one.</param>
/// <param name="Id">The id of the ack that is wanted or given; null if there is none.</param>
/// <param name="Json">
/// The payload as JSON in UTF-8: of an event an array of its name and arguments, of an ack of its arguments, of others an object or text;
/// empty where there is none. What a parser is given has no half of a surrogate pair, not even escaped.
/// </param>
/// <param name="Attachments">The bytes in the payload, in the order of their places.</param>
public sealed record SocketIOContent(
    SocketIOPacketType Type,
    string Namespace,
    long? Id,
    ReadOnlyMemory<byte> Json,
    IReadOnlyList<SocketIOAttachment> Attachments);

/// <summary>Bytes in a payload. In their place the JSON has a value that stands for nothing else.</summary>
/// <param name="Start">Where that value begins, in bytes of the JSON.</param>
/// <param name="Length">How many bytes that value has.</param>
/// <param name="Data">The bytes.</param>
public readonly record struct SocketIOAttachment(int Start, int Length, ReadOnlyMemory<byte> Data);
