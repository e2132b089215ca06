using System;
using System.Globalization;
using System.Text;
using WsProto.EngineIO;

namespace WsProto.SocketIO.Client;

/// <summary>The connection has moved to another state.</summary>
public sealed record SocketIOStateChange
{
    /// <summary>The state that it is in now.</summary>
    public required SocketIOClientState State { get; init; }

    /// <summary>Why a session was lost or did not open, in the words of the reference client; null where none was.</summary>
    public string? Reason { get; init; }

    /// <summary>What went wrong, with what was thrown on the way; null if nothing did.</summary>
    public SocketIOConnectException? Failure { get; init; }

    /// <summary>Which attempt comes next, from 1; 0 if none does.</summary>
    public int Attempt { get; init; }

    /// <summary>After which time it comes; null if none does.</summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>
    /// The change on one line, for a log: what there is of it. Of what went wrong it has the message, without a stack trace.
    /// </summary>
    public override string ToString()
    {
        StringBuilder text = new StringBuilder("SocketIOStateChange { State = ").Append(State);
        if (Reason is not null)
            text.Append(", Reason = ").Append(Reason);
        if (Failure is not null)
            text.Append(", Failure = ").Append(Failure.Message);
        if (Delay is { } delay)
            text.Append(CultureInfo.InvariantCulture, $", Attempt = {Attempt}, Delay = {delay:c}");
        return text.Append(" }").ToString();
    }
}

/// <summary>The client was in a namespace and is not any more.</summary>
/// <param name="Reason">
/// The reference client's words: <c>io server disconnect</c>, <c>io client disconnect</c>, <c>ping timeout</c>, <c>transport close</c>,
/// <c>transport error</c>, <c>parse error</c>.
/// </param>
/// <param name="Failure">What went wrong; null if nothing did.</param>
/// <param name="ComesBack">Whether the client tries to come back by itself.</param>
public sealed record SocketIOLoss(string Reason, EngineIOFailure? Failure, bool ComesBack);
