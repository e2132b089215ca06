using System;

namespace WsProto;

/// <summary>
/// Arrays for the payloads of events. Small ones that have arrived together share one, of which an event that is kept keeps little: it is
/// never larger than what has arrived, nor than 2 KiB.
/// </summary>
internal struct PayloadArrays
{
    private const int MostShared = 2 * 1024;
    private const int Small = MostShared / 16;

    private byte[]? _shared;
    private int _used;

    /// <param name="payload">What is copied.</param>
    /// <param name="unread">How many bytes have arrived behind it.</param>
    internal ReadOnlyMemory<byte> Copy(ReadOnlySpan<byte> payload, int unread)
    {
        if (payload.IsEmpty)
            return default;
        if (payload.Length > Small)
        {
            // ToArray() would write zeros first.
            byte[] own = GC.AllocateUninitializedArray<byte>(payload.Length);
            payload.CopyTo(own);
            return own;
        }

        if (_shared is null || payload.Length > _shared.Length - _used)
            (_shared, _used) = (GC.AllocateUninitializedArray<byte>(payload.Length + Math.Min(MostShared - payload.Length, unread)), 0);
        payload.CopyTo(_shared.AsSpan(_used));
        var copy = new ReadOnlyMemory<byte>(_shared, _used, payload.Length);
        _used += payload.Length;
        return copy;
    }

    internal void Release() => _shared = null;
}
