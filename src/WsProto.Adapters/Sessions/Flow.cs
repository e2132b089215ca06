using System.Threading;

namespace WsProto.Adapters.Sessions;

internal static class Flow
{
    /// <summary>
    /// Keeps what is started from here on out of the caller's flow of execution, until the result is disposed of; null where that is so
    /// already.
    /// </summary>
    internal static AsyncFlowControl? Suppress() => ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
}
