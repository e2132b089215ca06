namespace WsProto.Extensions;

/// <summary>What the bytes of a compressed message depend on, beside the message, where no context is taken over (RFC 7692 §7.1.1).</summary>
/// <param name="Level">As <see cref="PerMessageDeflate.CompressionLevel"/>.</param>
/// <param name="MemoryLevel">As <see cref="PerMessageDeflate.MemoryLevel"/>.</param>
/// <param name="Threshold">As <see cref="PerMessageDeflate.Threshold"/>.</param>
/// <param name="Window">The base-2 logarithm of the window in bytes.</param>
internal readonly record struct StatelessDeflate(int Level, int MemoryLevel, int Threshold, int Window);
