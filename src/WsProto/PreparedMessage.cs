using System;
using System.Diagnostics;
using WsProto.Extensions;
using WsProto.Framing;

namespace WsProto;

/// <summary>
/// A message that is encoded once, to be sent by any number of connections: see <see cref="WsConnection.SendPrepared(PreparedMessage)"/>.
/// Servers without extensions send the same bytes. So do those with <see cref="PerMessageDeflate"/> and no context takeover, for each
/// setting that was agreed on; others compress anew, as their bytes depend on what they sent before (RFC 7692 §7.1.1). A client masks each
/// time (RFC 6455 §5.3).
/// </summary>
/// <remarks>Immutable; several threads may send it at once.</remarks>
[DebuggerDisplay("{Kind}, {Payload.Length} bytes")]
public sealed class PreparedMessage
{
    private readonly byte[] _frame;
    private readonly int _headerSize;

    /// <summary>
    /// An immutable list that is replaced as a whole. A thread may overwrite what another has just added, which is then made once more.
    /// </summary>
    private Variant? _variants;

    private PreparedMessage(Opcode kind, int length)
    {
        Kind = kind;
        _headerSize = FrameHeader.SizeFor(length, masked: false);
        _frame = new byte[_headerSize + length];
        FrameHeader.Write(_frame, FrameHeader.FirstOctetOf(isFinal: true, ReservedBits.None, kind), length, masked: false);
    }

    /// <summary><see cref="Opcode.Text"/> or <see cref="Opcode.Binary"/>.</summary>
    public Opcode Kind { get; }

    /// <summary>The message: the bytes, or the text in UTF-8.</summary>
    public ReadOnlyMemory<byte> Payload => _frame.AsMemory(_headerSize);

    /// <summary>The frame of a server without extensions.</summary>
    internal ReadOnlyMemory<byte> Frame => _frame;

    /// <summary>Prepares a text.</summary>
    /// <param name="text">Whole characters: no lone surrogate.</param>
    /// <exception cref="ArgumentException">The text holds a lone surrogate.</exception>
    public static PreparedMessage FromText(ReadOnlySpan<char> text)
    {
        var message = new PreparedMessage(Opcode.Text, Utf8Validator.Strict.GetByteCount(text));
        Utf8Validator.Strict.GetBytes(text, message._frame.AsSpan(message._headerSize));
        return message;
    }

    /// <summary>Prepares a text that is UTF-8 already.</summary>
    /// <param name="utf8">Whole characters in UTF-8, which are copied.</param>
    /// <exception cref="ArgumentException">It is not UTF-8, or cuts a character (RFC 6455 §5.6).</exception>
    public static PreparedMessage FromUtf8(ReadOnlySpan<byte> utf8)
    {
        if (!Utf8Validator.IsValid(utf8))
            throw new ArgumentException("The text is not whole characters in UTF-8 (RFC 6455 §5.6).", nameof(utf8));
        return FromPayload(Opcode.Text, utf8);
    }

    /// <summary>Prepares bytes.</summary>
    /// <param name="data">The bytes, which are copied.</param>
    public static PreparedMessage FromBytes(ReadOnlySpan<byte> data) => FromPayload(Opcode.Binary, data);

    /// <summary>The frame of a server with compression, if it was made already.</summary>
    internal ReadOnlyMemory<byte>? FindFrame(StatelessDeflate sender)
    {
        for (Variant? variant = _variants; variant is not null; variant = variant.Next)
        {
            if (variant.Sender.Matches(sender))
                return variant.Frame;
        }

        return null;
    }

    internal void KeepFrame(StatelessDeflate sender, ReadOnlyMemory<byte> frame) => _variants = new Variant(sender, frame, _variants);

    private static PreparedMessage FromPayload(Opcode kind, ReadOnlySpan<byte> payload)
    {
        var message = new PreparedMessage(kind, payload.Length);
        payload.CopyTo(message._frame.AsSpan(message._headerSize));
        return message;
    }

    private sealed record Variant(StatelessDeflate Sender, ReadOnlyMemory<byte> Frame, Variant? Next);
}
