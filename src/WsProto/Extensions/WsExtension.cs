using System;
using System.Buffers;
using System.Collections.Generic;
using WsProto.Framing;
using WsProto.Negotiation;

namespace WsProto.Extensions;

/// <summary>
/// An extension to the protocol (<see href="https://www.rfc-editor.org/rfc/rfc6455#section-9">RFC 6455 §9</see>). Derive from it to write your own.
/// </summary>
/// <remarks>
/// <para>
/// What a user passes in an event is a <em>template</em>: it negotiates, holds settings and no state, and may serve any number of
/// connections at once. Negotiation gives a new object for each connection, which sees that connection's frames and may keep state.
/// </para>
/// <para>
/// Where several extensions were agreed on, data to send passes through them in the order of the server's answer, and received data
/// in the reverse order: «foo, bar» means that bar(foo(data)) goes on the wire (§9.1).
/// </para>
/// </remarks>
public abstract class WsExtension
{
    /// <summary>Sets the name under which the extension is negotiated.</summary>
    /// <param name="name">A token, registered with IANA (RFC 6455 §11.4).</param>
    /// <exception cref="ArgumentException">The name is not a token.</exception>
    protected WsExtension(string name)
    {
        HttpGrammar.ThrowIfNotToken(name, nameof(name));
        Name = name;
    }

    /// <summary>The name in <c>Sec-WebSocket-Extensions</c>, compared without regard to case.</summary>
    public string Name { get; }

    /// <summary>The bits of the frame header that the agreed extension gives a meaning to. No two extensions of a connection share one. Default: none.</summary>
    public virtual ReservedBits ReservedBits => ReservedBits.None;

    /// <summary>Client, template: what to offer, in order of preference. Nothing keeps the extension out of the request. Default: the bare name.</summary>
    public virtual IReadOnlyList<ExtensionElement> Offer() => [new ExtensionElement(Name)];

    /// <summary>Server, template: judges one offer of this name, on its own. Default: null, which declines it and leaves the handshake alone.</summary>
    /// <param name="offer">What the client offers, as parsed.</param>
    public virtual ExtensionAgreement? Accept(ExtensionElement offer) => null;

    /// <summary>Client, template: judges what the server agreed to. Default: null, which fails the handshake.</summary>
    /// <param name="answer">What the server answered, as parsed.</param>
    /// <returns>The object for this connection, or null if the answer is not one that the offer allows.</returns>
    public virtual WsExtension? Confirm(ExtensionElement answer) => null;

    /// <summary>Connection: looks at the header of a received frame, once for each frame, control frames included. Default: done.</summary>
    /// <param name="header">The header; all its reserved bits belong to some agreed extension.</param>
    protected internal virtual ExtensionResult ReceiveHeader(in FrameHeader header) => ExtensionResult.Done;

    /// <summary>
    /// Connection: undoes the extension for a piece of a data frame. Called for each piece that arrives, and with
    /// <paramref name="frameFinished"/> for the last piece of each frame, which may be empty. Default: copies.
    /// </summary>
    /// <param name="payload">What is left of the piece, unmasked. Cut off what was used.</param>
    /// <param name="frameFinished">Whether the piece ends the frame.</param>
    /// <param name="output">Takes the result. Write at most one span at a time and return <see cref="ExtensionResult.More"/>, so that limits hold.</param>
    /// <returns><see cref="ExtensionResult.Done"/> when all of <paramref name="payload"/> was used and written.</returns>
    protected internal virtual ExtensionResult ReceivePayload(ref ReadOnlySpan<byte> payload, bool frameFinished, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        Span<byte> room = output.GetSpan();
        int count = Math.Min(payload.Length, room.Length);
        payload[..count].CopyTo(room);
        output.Advance(count);
        payload = payload[count..];
        return payload.IsEmpty ? ExtensionResult.Done : ExtensionResult.More;
    }

    /// <summary>Connection: applies the extension to a data frame that is about to be sent. Control frames are not offered. Default: copies, claims no bit.</summary>
    /// <param name="header">The frame as the extensions before this one made it; <see cref="FrameHeader.PayloadLength"/> is that of <paramref name="payload"/>.</param>
    /// <param name="compress">The message's own <see cref="Message.Compress"/>.</param>
    /// <param name="payload">The data to transform.</param>
    /// <param name="output">Takes the result.</param>
    /// <returns>The bits to set, out of <see cref="ReservedBits"/>.</returns>
    protected internal virtual ReservedBits SendPayload(in FrameHeader header, bool? compress, ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.Write(payload);
        return ReservedBits.None;
    }

    /// <summary>Connection: lets go of memory that the object can do without until it is used again. Called when the caller asks for it, between events. Default: nothing.</summary>
    protected internal virtual void ReleaseIdle()
    {
    }

    /// <summary>Connection: lets go of what the object holds for receiving. Called when the peer has closed or broken the protocol, while a message may still be finished. Default: nothing.</summary>
    protected internal virtual void EndReceiving()
    {
    }

    /// <summary>Connection: lets go of what the object holds. Called once, when the connection is closed, has failed or is disposed of. Default: nothing.</summary>
    protected internal virtual void Release()
    {
    }
}
