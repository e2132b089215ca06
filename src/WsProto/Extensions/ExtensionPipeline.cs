// The extensions that a connection agreed on, in the order of the server's answer. Received data passes through them backwards,
// each but the last (the first of the list) writing into a buffer between; what comes out is where the message grows.

using System;
using System.Buffers;
using System.Collections.Generic;
using WsProto.Framing;

namespace WsProto.Extensions;

internal sealed class ExtensionPipeline
{
    private readonly IReadOnlyList<WsExtension> _extensions;
    private readonly ArrayPool<byte> _pool;

    internal ExtensionPipeline(IReadOnlyList<WsExtension> extensions, ArrayPool<byte> pool)
    {
        _extensions = extensions;
        _pool = pool;
        Received = new ReceiveBuffer(pool);
        foreach (WsExtension extension in extensions)
            ReservedBits |= extension.ReservedBits;
    }

    internal ReservedBits ReservedBits { get; }

    /// <summary>The message so far, with all extensions undone.</summary>
    internal ReceiveBuffer Received { get; }

    internal bool ReceiveHeader(in FrameHeader header, out Violation violation)
    {
        violation = default;
        foreach (WsExtension extension in _extensions)
        {
            if (extension.ReceiveHeader(header).Failure is { } code)
            {
                violation = new Violation(ProtocolError.ExtensionFailed, Code: code);
                return false;
            }
        }

        return true;
    }

    /// <summary>Undoes the extensions for a piece of a frame.</summary>
    /// <param name="payload">The piece, unmasked.</param>
    /// <param name="frameFinished">Whether it ends the frame.</param>
    /// <param name="maxMessage">The limit in bytes.</param>
    /// <param name="length">The bytes that the message has so far; grows by what comes out.</param>
    /// <param name="violation">What was wrong.</param>
    internal bool Receive(ReadOnlySpan<byte> payload, bool frameFinished, long maxMessage, ref long length, out Violation violation) =>
        Receive(_extensions.Count - 1, payload, frameFinished, maxMessage, ref length, out violation);

    private bool Receive(int index, ReadOnlySpan<byte> payload, bool frameFinished, long maxMessage, ref long length, out Violation violation)
    {
        violation = default;
        ReceiveBuffer output = index == 0 ? Received : new ReceiveBuffer(_pool);
        try
        {
            ExtensionResult result;
            do
            {
                result = _extensions[index].ReceivePayload(ref payload, frameFinished, output);
                if (result.Failure is { } code)
                {
                    violation = new Violation(ProtocolError.ExtensionFailed, Code: code);
                    return false;
                }

                if (!Collect(index, output, frameFinished && !result.IsMore, maxMessage, ref length, out violation))
                    return false;
            }
            while (result.IsMore);
            return true;
        }
        finally
        {
            if (index > 0)
                output.Release();
        }
    }

    /// <summary>Takes what one step has written: to the message, or on to the next extension.</summary>
    private bool Collect(int index, ReceiveBuffer output, bool frameFinished, long maxMessage, ref long length, out Violation violation)
    {
        violation = default;
        int written = output.UnreadCount;
        if (index > 0)
        {
            bool passed = Receive(index - 1, output.Unread, frameFinished, maxMessage, ref length, out violation);
            output.Skip(written);
            return passed;
        }

        if (written > maxMessage - length)
        {
            violation = new Violation(ProtocolError.MessageTooBig, length + written, maxMessage);
            return false;
        }

        length += written;
        output.MoveToMessage(written, key: 0);
        return true;
    }

    /// <summary>Applies the extensions to a frame that is to be sent. The caller releases the buffer that comes out.</summary>
    internal ReceiveBuffer Send(ref FrameHeader header, bool? compress, ReadOnlySpan<byte> payload)
    {
        ReceiveBuffer? input = null;
        foreach (WsExtension extension in _extensions)
        {
            var output = new ReceiveBuffer(_pool);
            ReservedBits bits = extension.SendPayload(header, compress, input is null ? payload : input.Unread, output);
            input?.Release();
            input = output;
            header = header with { Reserved = header.Reserved | (bits & extension.ReservedBits), PayloadLength = output.UnreadCount };
        }

        return input!;
    }

    internal void Release()
    {
        Received.Release();
        foreach (WsExtension extension in _extensions)
            extension.Release();
    }
}
