// The extensions that a connection agreed on, on its receiving half. Received data passes through them in the reverse order of the server's
// answer, each but the last (the first of the list) writing into a buffer between; what comes out is where the message grows.
//
// This is the boundary at which exceptions of extensions end: each becomes a violation that says so.

using System;
using System.Collections.Generic;
using WsProto.Framing;

namespace WsProto.Extensions;

internal sealed class ExtensionReceiver
{
    /// <summary>
    /// Growing needs the old array and the new one at once. So a message that is large gets an array of this size, and when that is full
    /// another: what a small message inflates to never takes much more than the limit, and no more of that than it has reached.
    /// </summary>
    private const long LargeArray = 1 << 20;

    /// <summary>An array, as going through an interface allocates.</summary>
    private ExtensionCodec[] _codecs;
    private readonly long _maxMessage;
    private readonly LimitedWriter _output;

    /// <summary>What an extension wrote for the next; empty between calls. Kept, as a message must not cost objects.</summary>
    private readonly ReceiveBuffer[] _between;

    /// <summary>The bytes of the message under way that have come out.</summary>
    private long _length;

    internal ExtensionReceiver(IReadOnlyList<ExtensionCodec> codecs, WsConnectionOptions options)
    {
        _codecs = [.. codecs];
        _maxMessage = options.EffectiveMaxMessageSize;
        Received = new ReceiveBuffer(options.Pool, (int)Math.Min(_maxMessage, LargeArray));
        _output = new LimitedWriter(Received, options.Pool);
        _between = new ReceiveBuffer[_codecs.Length];
        for (int i = 0; i < _between.Length; i++)
        {
            _between[i] = new ReceiveBuffer(options.Pool);
            ReservedBits |= _codecs[i].ReservedBits;
        }
    }

    internal ReservedBits ReservedBits { get; }

    /// <summary>The message so far, with all extensions undone.</summary>
    internal ReceiveBuffer Received { get; }

    /// <summary>Judges it after each step.</summary>
    internal Func<bool>? IsValidSoFar { get; set; }

    internal bool ReceiveHeader(in FrameHeader header, out Violation violation)
    {
        violation = default;
        try
        {
            foreach (ExtensionCodec codec in _codecs)
            {
                if (codec.ReceiveHeader(header).Failure is { } code)
                {
                    violation = new Violation(ProtocolError.ExtensionFailed, Code: code);
                    return false;
                }
            }

            return true;
        }
#pragma warning disable CA1031 // Whatever an extension throws: the peer's bytes must not throw through the caller.
        catch (Exception e)
#pragma warning restore CA1031
        {
            violation = Threw(e);
            return false;
        }
    }

    /// <summary>Undoes the extensions for a piece of a frame.</summary>
    /// <param name="payload">The piece, unmasked.</param>
    /// <param name="frameFinished">Whether it ends the frame.</param>
    /// <param name="violation">What was wrong.</param>
    internal bool Receive(ReadOnlySpan<byte> payload, bool frameFinished, out Violation violation)
    {
        _output.Begin(_maxMessage - _length);
        try
        {
            return Receive(_codecs.Length - 1, payload, frameFinished, out violation);
        }
#pragma warning disable CA1031 // Whatever an extension throws: the peer's bytes must not throw through the caller.
        catch (Exception e)
#pragma warning restore CA1031
        {
            violation = Threw(e);
            return false;
        }
        finally
        {
            _output.Release();
            _length += _output.Written;
        }
    }

    private static Violation Threw(Exception exception) =>
        new(ProtocolError.ExtensionFailed, Code: CloseCode.InternalError, Exception: exception);

    internal void EndMessage() => _length = 0;

    private bool Receive(int index, ReadOnlySpan<byte> payload, bool frameFinished, out Violation violation)
    {
        violation = default;
        ReceiveBuffer? between = index == 0 ? null : _between[index];
        try
        {
            ExtensionResult result;
            do
            {
                if (between is null)
                    _output.BeginStep();
                long before = payload.Length - Written(between);
                result = _codecs[index].ReceivePayload(ref payload, frameFinished, between is null ? _output : between);
                bool isStuck = result.IsMore && payload.Length - Written(between) == before;
                bool isLast = frameFinished && !result.IsMore && result.Failure is null;
                if (between is null)
                    violation = JudgeOutput();
                else if (Receive(index - 1, between.Unread, isLast, out violation))
                    between.Skip(between.UnreadCount);

                // What came out before an extension found a fault comes first, as it would have, had less arrived.
                if (violation.Error == 0 && (isStuck ? CloseCode.InternalError : result.Failure) is { } code)
                    violation = new Violation(ProtocolError.ExtensionFailed, Code: code);
            }
            while (result.IsMore && violation.Error == 0);
            return violation.Error == 0;
        }
        finally
        {
            between?.Release();
        }
    }

    private long Written(ReceiveBuffer? between) => between is null ? _output.Written : between.UnreadCount;

    private Violation JudgeOutput()
    {
        if (!IsValidSoFar!())
            return new Violation(ProtocolError.InvalidUtf8);
        return _output.IsOverrun ? new Violation(ProtocolError.MessageTooBig, _maxMessage + 1, _maxMessage) : default;
    }

    /// <summary>Lets go of the message's memory if it holds nothing.</summary>
    internal void ReleaseIfEmpty() => Received.ReleaseIfEmpty();

    /// <summary>Ends receiving, once.</summary>
    internal void End()
    {
        Received.Release();
        ExtensionCodec[] codecs = _codecs;
        _codecs = [];
        foreach (ExtensionCodec codec in codecs)
            Endings.Complete(codec, static ended => ended.EndReceiving());
    }
}
