using System;
using System.Threading;

namespace WsProto.Adapters;

public sealed partial class WsSession
{
    private CancellationToken _handlerToken;
    private CancellationToken _stopping;

    /// <summary>
    /// For hosts that run a handler for a session with one token for two things: the end of the session and that of the host. Where the
    /// handler gives it to a method of this session, it means the end of the host alone: what waits for the session ends with the session,
    /// with a result instead of an <see cref="OperationCanceledException"/>. <see cref="Ending"/> itself never cancels these methods.
    /// </summary>
    /// <param name="handlerToken">What the handler gets. It has to be cancelled when the session ends, or the host stops.</param>
    /// <param name="stopping">
    /// Cancelled when the host stops, after <paramref name="handlerToken"/> is. The exceptions of what it cancels have this token.
    /// </param>
    public void SetHandlerToken(CancellationToken handlerToken, CancellationToken stopping) =>
        (_handlerToken, _stopping) = (handlerToken, stopping);

    /// <summary>What a token means for whoever waits for this session. All waits of sends and receives ask.</summary>
    internal CancellationToken Meant(CancellationToken token) =>
        !token.CanBeCanceled ? token : token == _handlerToken ? _stopping : token == Ending ? CancellationToken.None : token;
}
