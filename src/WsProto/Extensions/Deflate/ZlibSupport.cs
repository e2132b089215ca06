using System;

namespace WsProto.Extensions;

/// <summary>Finds out once whether the native library can be used.</summary>
internal static class ZlibSupport
{
    /// <summary>Why it cannot be used; null if it can.</summary>
    internal static Exception? Failure { get; } = Try(() => ZlibStream.ForInflate(DeflateOffer.LargestWindow).Dispose());

    internal static Exception? Try(Action use)
    {
        try
        {
            use();
            return null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return e;
        }
    }
}
