using System;
using System.Buffers;
using WsProto.Framing;

namespace WsProto.Extensions;

/// <summary>
/// permessage-deflate as it was agreed on for one connection (RFC 7692 §7). It compresses what is sent and decompresses what is received.
/// </summary>
#pragma warning disable CA1001 // The connection calls EndReceiving and EndSending, which dispose of both contexts.
public sealed class DeflateCodec : ExtensionCodec
#pragma warning restore CA1001
{
    private readonly PerMessageDeflate _settings;
    private readonly Deflater _deflater;
    private readonly Inflater _inflater;
    private readonly int _ownWindow;
    private readonly bool _ownNoTakeover;
    private readonly bool _peerNoTakeover;
    private bool _receivesCompressed;
    private bool _receivesLast;
    private bool _sendsCompressed;

    internal DeflateCodec(PerMessageDeflate settings, ConnectionRole role, DeflateParameters parameters, ExtensionElement agreed)
        : base(agreed, ReservedBits.Rsv1)
    {
        _settings = settings;
        Parameters = parameters;
        bool isClient = role == ConnectionRole.Client;
        _ownNoTakeover = isClient ? parameters.ClientNoContextTakeover : parameters.ServerNoContextTakeover;
        _peerNoTakeover = isClient ? parameters.ServerNoContextTakeover : parameters.ClientNoContextTakeover;
        _ownWindow = isClient ? parameters.ClientMaxWindowBits : parameters.ServerMaxWindowBits;
        int peerWindow = isClient ? parameters.ServerMaxWindowBits : parameters.ClientMaxWindowBits;
        _deflater = new Deflater(settings.CompressionLevel, _ownWindow, settings.MemoryLevel);
        // Some that agree on 2^8 use 2^9, as zlib makes of it; a window that is larger than needed does no harm.
        _inflater = new Inflater(Math.Max(peerWindow, DeflateOffer.SmallestOwnWindow));
    }

    /// <summary>What was agreed on.</summary>
    public DeflateParameters Parameters { get; }

    /// <summary>
    /// What the bytes of a message that is sent depend on beside the message itself; null if they depend on messages before it.
    /// </summary>
    internal StatelessDeflate? StatelessSending => _ownNoTakeover ? new StatelessDeflate(_settings, _ownWindow) : null;

    /// <summary>Whether native memory is held for what is sent and for what is received.</summary>
    internal (bool Sending, bool Receiving) HoldsContexts => (_deflater.IsAlive, _inflater.IsAlive);

    /// <inheritdoc/>
    /// <remarks>"The "Per-Message Compressed" bit … MUST be 0 on continuation frames and control frames" (RFC 7692 §6.1).</remarks>
    protected internal override ExtensionResult ReceiveHeader(in FrameHeader header)
    {
        bool isCompressed = (header.Reserved & ReservedBits.Rsv1) != 0;
        if (isCompressed && (header.Opcode.IsControl || header.Opcode == Opcode.Continuation))
            return ExtensionResult.Failed(CloseCode.ProtocolError);
        if (header.Opcode.IsControl)
            return ExtensionResult.Done;
        if (header.Opcode != Opcode.Continuation)
            _receivesCompressed = isCompressed;
        _receivesLast = header.IsFinal;
        return ExtensionResult.Done;
    }

    /// <inheritdoc/>
    protected internal override ExtensionResult ReceivePayload(
        ref ReadOnlySpan<byte> payload, bool frameFinished, IBufferWriter<byte> output)
    {
        if (!_receivesCompressed)
            return base.ReceivePayload(ref payload, frameFinished, output);
        bool messageFinished = frameFinished && _receivesLast;
        ExtensionResult result = _inflater.Step(ref payload, messageFinished, output);
        if (messageFinished && _peerNoTakeover && !result.IsMore)
            _inflater.Dispose();
        return result;
    }

    /// <inheritdoc/>
    protected internal override ReservedBits SendPayload(
        in FrameHeader header, bool? compress, ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        bool isFirst = header.Opcode != Opcode.Continuation;
        if (isFirst)
            _sendsCompressed = compress ?? !(header.IsFinal && payload.Length < _settings.MinCompressedSize);
        if (!_sendsCompressed)
            return base.SendPayload(header, compress, payload, output);

        // Without takeover nobody remembers this message, so it may go as it is where that is shorter.
        bool onlyIfShorter = isFirst && header.IsFinal && _ownNoTakeover && compress != true;
        bool isWorthIt = _deflater.Compress(payload, header.IsFinal, onlyIfShorter, output);
        if (!isWorthIt)
            output.Write(payload);
        if (header.IsFinal && _ownNoTakeover)
            _deflater.Dispose();
        return isFirst && isWorthIt ? ReservedBits.Rsv1 : ReservedBits.None;
    }

    /// <inheritdoc/>
    /// <remarks>What is received may refer to the history, so only its sender's context can go (RFC 7692 §7.1.1).</remarks>
    protected internal override void ReleaseIdle() => _deflater.Dispose();

    /// <inheritdoc/>
    protected internal override void EndReceiving() => _inflater.Dispose();

    /// <inheritdoc/>
    protected internal override void EndSending() => _deflater.Dispose();
}
