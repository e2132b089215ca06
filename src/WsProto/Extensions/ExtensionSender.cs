// The extensions that a connection agreed on, on its sending half. Data to send passes through them in the order of the server's answer,
// each writing into a buffer of its own.

using System;
using System.Collections.Generic;
using WsProto.Framing;

namespace WsProto.Extensions;

internal sealed class ExtensionSender
{
    private readonly ReceiveBuffer[] _outputs;
    private ExtensionCodec[] _codecs;

    internal ExtensionSender(IReadOnlyList<ExtensionCodec> codecs, WsConnectionOptions options)
    {
        _codecs = [.. codecs];
        _outputs = new ReceiveBuffer[_codecs.Length];
        for (int i = 0; i < _outputs.Length; i++)
            _outputs[i] = new ReceiveBuffer(options.Pool);
    }

    /// <summary>An extension threw while it transformed data, so its state is not known and no more data can be sent.</summary>
    internal bool IsBroken { get; private set; }

    /// <summary>
    /// What the bytes of a message depend on beside the message itself; null if they depend on messages before it, or on an extension that
    /// is not known.
    /// </summary>
    internal StatelessDeflate? Stateless => _codecs is [DeflateCodec deflate] ? deflate.StatelessSending : null;

    /// <summary>Applies the extensions to a frame that is to be sent. The caller releases the buffer that comes out.</summary>
    internal ReceiveBuffer Send(ref FrameHeader header, bool? compress, ReadOnlySpan<byte> payload)
    {
        bool isComplete = false;
        try
        {
            ReceiveBuffer output = Transform(ref header, compress, payload);
            isComplete = true;
            return output;
        }
        finally
        {
            if (!isComplete)
                Break();
        }
    }

    internal void ReleaseIdle()
    {
        foreach (ExtensionCodec codec in _codecs)
            Endings.Complete(codec, static idle => idle.ReleaseIdle());
    }

    /// <summary>What was transformed last does not go out, so what comes later must not refer to it.</summary>
    internal void GiveUpLast()
    {
        bool isForgotten = true;
        foreach (ExtensionCodec codec in _codecs)
            isForgotten &= Endings.Complete(codec, static idle => idle.ReleaseIdle());
        if (!isForgotten)
            Break();
    }

    /// <summary>Ends sending, once.</summary>
    internal void End()
    {
        ExtensionCodec[] codecs = _codecs;
        _codecs = [];
        foreach (ExtensionCodec codec in codecs)
            Endings.Complete(codec, static ended => ended.EndSending());
    }

    private ReceiveBuffer Transform(ref FrameHeader header, bool? compress, ReadOnlySpan<byte> payload)
    {
        ReceiveBuffer? input = null;
        for (int i = 0; i < _codecs.Length; i++)
        {
            ExtensionCodec codec = _codecs[i];
            ReceiveBuffer output = _outputs[i];
            ReservedBits bits = codec.SendPayload(header, compress, input is null ? payload : input.Unread, output);
            input?.Release();
            input = output;
            header = header with { Reserved = header.Reserved | (bits & codec.ReservedBits), PayloadLength = output.UnreadCount };
        }

        return input!;
    }

    private void Break()
    {
        IsBroken = true;
        foreach (ReceiveBuffer output in _outputs)
            output.Release();
        End();
    }
}
