using System;
using System.Collections.Generic;

namespace WsProto.SocketIO;

/// <summary>
/// The content of a packet, between a <see cref="SocketIOParser"/> and the core: JSON, and the bytes that JSON cannot contain.
/// </summary>
/// <param name="Type">The type of the packet.</param>
/// <param name="Namespace">The namespace; <c>/</c> is the main one.</param>
/// <param name="Id">The id of the acknowledgement that is expected or given; null if there is none.</param>
/// <param name="Json">
/// The payload as JSON in UTF-8: for an event, an array of its name and arguments; for an acknowledgement, an array of its arguments; for
/// others, an object or a string; empty if there is none. A parser never gets a lone surrogate, not even an escaped one.
/// </param>
/// <param name="Attachments">The attachments, in the order of their places in the JSON.</param>
public sealed record SocketIOContent(
    SocketIOPacketType Type,
    string Namespace,
    long? Id,
    ReadOnlyMemory<byte> Json,
    IReadOnlyList<SocketIOAttachment> Attachments);

/// <summary>An attachment of a payload. The JSON has a placeholder for it.</summary>
/// <param name="Start">The position of the placeholder, in bytes of the JSON.</param>
/// <param name="Length">The length of the placeholder in bytes.</param>
/// <param name="Data">The bytes of the attachment.</param>
public readonly record struct SocketIOAttachment(int Start, int Length, ReadOnlyMemory<byte> Data);
