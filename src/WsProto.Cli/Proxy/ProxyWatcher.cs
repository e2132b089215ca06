using System;
using System.Globalization;
using System.Threading;
using WsProto.Cli.Captures;
using WsProto.Cli.Decode;

namespace WsProto.Cli.Proxy;

/// <summary>Shows and records what passes on one connection.</summary>
/// <param name="decoder">Shows it; null for nothing to show.</param>
/// <param name="recording">Records it; null for no recording.</param>
/// <param name="output">Only who holds it may show or record, so that both have the same order.</param>
/// <param name="clock">The time.</param>
internal sealed class ProxyWatcher(
    ConnectionDecoder? decoder, CaptureWriter.Connection? recording, Lock output, TimeProvider clock) : IDisposable
{
    private long Ticks => clock.GetUtcNow().Ticks;

    public void Octets(Side sender, ReadOnlySpan<byte> octets)
    {
        long ticks = Ticks;
        lock (output)
        {
            recording?.Octets((int)sender, octets, ticks);
            decoder?.Octets((int)sender, octets, ticks);
        }
    }

    /// <summary>A side sends no more.</summary>
    /// <param name="sender">Which.</param>
    /// <param name="isReset">Whether it has broken the connection off.</param>
    public void End(Side sender, bool isReset)
    {
        long ticks = Ticks;
        lock (output)
        {
            recording?.End((int)sender, isReset, ticks);
            decoder?.End((int)sender, isReset, ticks);
        }
    }

    public void Fault(Side sender, Fault fault, long message) =>
        Tell(sender, "fault", string.Create(CultureInfo.InvariantCulture, $"{fault}, message {message}"));

    /// <summary>The client has begun with the preface of HTTP/2.</summary>
    public void Http2() => Tell(Side.Client, "remark", "HTTP/2 passes as it comes; faults are for HTTP/1.1");

    public void Dispose()
    {
        lock (output)
            decoder?.Dispose();
    }

    private void Tell(Side side, string what, string text)
    {
        lock (output)
            decoder?.Tell(side, Ticks, what, text);
    }
}
