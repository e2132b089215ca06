using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;

namespace WsProto.Conformance;

/// <summary>A frame of a client, right or wrong in any field.</summary>
/// <param name="Frame">Its bits and its payload.</param>
/// <param name="IsMasked">Whether it is masked, as those of a client have to be (RFC 6455 §5.1).</param>
/// <param name="Form">How many octets of length follow the second: 2 or 8; less is as few as do.</param>
/// <param name="Announced">A length to announce instead of that of the payload; null for none.</param>
internal sealed record HostileFrame(SentFrame Frame, bool IsMasked = true, int Form = 0, ulong? Announced = null)
{
    /// <summary>The octets of the frame.</summary>
    /// <param name="number">Which frame it is; the masking keys of frames differ.</param>
    public byte[] Encode(int number)
    {
        byte[] octets = Frame.Encode(IsMasked, number, Announced is null ? Form : 8);
        if (Announced is { } length)
            BinaryPrimitives.WriteUInt64BigEndian(octets.AsSpan(2), length);
        return octets;
    }

    /// <summary>Frames that are plainer, or shorter.</summary>
    public IEnumerable<HostileFrame> Shrink()
    {
        if (Announced is not null)
            yield return this with { Announced = null };
        if (Form > 0)
            yield return this with { Form = 0 };
        if (!IsMasked)
            yield return this with { IsMasked = true };
        if (Frame.Rsv != 0)
            yield return this with { Frame = Frame with { Rsv = 0 } };
        if (!Frame.Fin)
            yield return this with { Frame = Frame with { Fin = true } };
        byte[] payload = Frame.Payload;
        for (int count = payload.Length; count > 0; count /= 2)
        {
            yield return this with { Frame = Frame with { Payload = payload[count..] } };
            yield return this with { Frame = Frame with { Payload = payload[..^count] } };
        }

        if (payload.Length <= 32 && payload.Any(octet => octet != 'a'))
        {
            for (int i = 0; i < payload.Length; i++)
            {
                if (payload[i] != 'a')
                    yield return this with { Frame = Frame with { Payload = [.. payload[..i], (byte)'a', .. payload[(i + 1)..]] } };
            }
        }
    }
}
