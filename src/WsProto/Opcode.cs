namespace WsProto;

/// <summary>
/// What a frame is (<see href="https://www.rfc-editor.org/rfc/rfc6455#section-5.2">RFC 6455 §5.2</see>). 0x3-0x7 and 0xB-0xF are reserved
/// and refused.
/// </summary>
public enum Opcode : byte
{
    /// <summary>
    /// 0x0: goes on with the message that an earlier frame began. Never seen in a <see cref="Frame"/>, which names the message's kind.
    /// </summary>
    Continuation = 0x0,

    /// <summary>0x1: text, UTF-8.</summary>
    Text = 0x1,

    /// <summary>0x2: bytes.</summary>
    Binary = 0x2,

    /// <summary>0x8: the closing handshake (§5.5.1).</summary>
    Close = 0x8,

    /// <summary>0x9: asks for a Pong (§5.5.2).</summary>
    Ping = 0x9,

    /// <summary>0xA: answers a Ping, or comes unasked (§5.5.3).</summary>
    Pong = 0xA,
}

/// <summary>Questions about an <see cref="Opcode"/>.</summary>
public static class OpcodeExtensions
{
    extension(Opcode opcode)
    {
        /// <summary>Whether the most significant bit of the opcode is set, which makes the frame a control frame (RFC 6455 §5.5).</summary>
        public bool IsControl => ((int)opcode & 0x8) != 0;
    }
}
