using System;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Tests;

/// <summary>Short words for what tests say of sessions all the time.</summary>
internal static class SessionWords
{
    extension(WsSession session)
    {
        /// <summary>How it was closed, as an event; null until that is known.</summary>
        internal CloseConnection? Closed => session.CloseResult?.ToClose();

        /// <summary>Who or what ended it; null until that is known.</summary>
        internal WsCloseCause? CloseCause => session.CloseResult?.Cause;

        internal bool ClosedCleanly => session.CloseResult?.IsClean == true;

        /// <summary>What was thrown so far.</summary>
        internal Exception? Failure => session.CloseResult?.Exception ?? session.Fault;

        internal bool IsPaused => session.Reader.IsPaused;

        internal ValueTask SendAsync(string text, CancellationToken cancellationToken = default) =>
            session.SendTextAsync(text, cancellationToken);

        internal ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
            session.SendBytesAsync(data, cancellationToken);

        internal ValueTask SendAsync(byte[] data, CancellationToken cancellationToken = default) =>
            session.SendBytesAsync(data, cancellationToken);
    }

    extension(WsCloseResult result)
    {
        internal CloseConnection ToClose() => new(result.Code, result.Reason) { Error = result.Error };
    }
}
