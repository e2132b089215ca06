using System.Collections.Generic;
using WsProto.Negotiation;

namespace WsProto.Extensions;

/// <summary>
/// An extension to the protocol (<see href="https://www.rfc-editor.org/rfc/rfc6455#section-9">RFC 6455 §9</see>) as a template that
/// negotiates. Derive from it, and from <see cref="ExtensionCodec"/>, to write your own.
/// </summary>
/// <remarks>
/// <para>
/// A template holds settings and no state, so one may serve any number of connections at once. Pass it in <see cref="Request.Extensions"/>
/// or <see cref="AcceptConnection.Extensions"/>. Negotiation gives an <see cref="ExtensionCodec"/> for each connection, which may keep
/// state.
/// </para>
/// <para>
/// Where several extensions were agreed on, data to send passes through them in the order of the server's answer, and received data
/// in the reverse order: "foo, bar" means that bar(foo(data)) goes on the wire (§9.1).
/// </para>
/// <para>
/// What a template throws on a server, or while a client makes its request, reaches the caller and nothing was sent. What
/// <see cref="Confirm"/> throws fails the handshake: <see cref="HandshakeFailed.Exception"/>.
/// </para>
/// </remarks>
public abstract class WsExtension
{
    /// <summary>Sets the name under which the extension is negotiated.</summary>
    /// <param name="name">A token, registered with IANA (RFC 6455 §11.4).</param>
    /// <exception cref="System.ArgumentException">The name is not a token.</exception>
    protected WsExtension(string name)
    {
        HttpGrammar.ThrowIfNotToken(name, nameof(name));
        Name = name;
    }

    /// <summary>The name in <c>Sec-WebSocket-Extensions</c>, compared without regard to case.</summary>
    public string Name { get; }

    /// <summary>
    /// Client: what to offer, in order of preference. Nothing keeps the extension out of the request. Default: the bare name.
    /// </summary>
    public virtual IReadOnlyList<ExtensionElement> Offer() => [new ExtensionElement(Name)];

    /// <summary>
    /// Server: judges one offer of this name, on its own. Default: null, which declines it and leaves the handshake alone.
    /// </summary>
    /// <param name="offer">What the client offers, as parsed.</param>
    /// <returns>A new object for this connection, whose <see cref="ExtensionCodec.Agreed"/> is what the client is told; or null.</returns>
    public virtual ExtensionCodec? Accept(ExtensionElement offer) => null;

    /// <summary>Client: judges what the server agreed to. Default: null, which fails the handshake.</summary>
    /// <param name="answer">What the server answered, as parsed.</param>
    /// <returns>A new object for this connection, or null if the answer is not one that the offer allows.</returns>
    public virtual ExtensionCodec? Confirm(ExtensionElement answer) => null;

    /// <summary>What the template offers, as it stands in a header; the name if it offers nothing.</summary>
    public override string ToString() => Offer() is { Count: > 0 } offers ? string.Join(", ", offers) : Name;
}
