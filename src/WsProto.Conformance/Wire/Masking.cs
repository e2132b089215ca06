using System;

namespace WsProto.Conformance;

/// <summary>Masks and unmasks (RFC 6455 §5.3).</summary>
internal static class Masking
{
    public static void Apply(Span<byte> payload, ReadOnlySpan<byte> key)
    {
        for (int i = 0; i < payload.Length; i++)
            payload[i] ^= key[i & 3];
    }
}
