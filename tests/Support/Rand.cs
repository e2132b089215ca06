
using WsProto.Framing;

namespace WsProto.Tests;

/// <summary>Known bytes where a connection asks for random ones.</summary>
public static class Rand
{
    /// <summary>Gives the same bytes over and over, from their first for each call.</summary>
    internal static RandomFill Fixed(params byte[] bytes) => destination =>
    {
        for (int i = 0; i < destination.Length; i++)
            destination[i] = bytes[i % bytes.Length];
    };
}
