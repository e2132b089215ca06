using System;

namespace WsProto.Extensions;

/// <summary>Endings complete, whatever an extension throws in them (<see cref="ExtensionCodec"/> says so).</summary>
internal static class Endings
{
    /// <returns>False if it threw.</returns>
    internal static bool Complete(ExtensionCodec codec, Action<ExtensionCodec> end)
    {
        try
        {
            end(codec);
            return true;
        }
#pragma warning disable CA1031 // An ending has nobody to report to, and must not keep the others from theirs.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }
}
