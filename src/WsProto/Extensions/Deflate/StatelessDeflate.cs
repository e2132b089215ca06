namespace WsProto.Extensions;

/// <summary>
/// What the bytes of a compressed message depend on, beside the message, where no context is taken over (RFC 7692 §7.1.1).
/// </summary>
/// <param name="settings">Of the sender.</param>
/// <param name="window">The base-2 logarithm of its window in bytes.</param>
internal readonly struct StatelessDeflate(PerMessageDeflate settings, int window)
{
    private readonly (int CompressionLevel, int MemoryLevel, int MinCompressedSize, int Window) _values =
        (settings.CompressionLevel, settings.MemoryLevel, settings.MinCompressedSize, window);

    /// <summary>Whether both make the same bytes of the same message.</summary>
    internal bool Matches(StatelessDeflate other) => _values == other._values;
}
