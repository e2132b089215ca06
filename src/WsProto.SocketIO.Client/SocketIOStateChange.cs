using System;
using System.Globalization;
using System.Text;
using WsProto.EngineIO;

namespace WsProto.SocketIO.Client;

/// <summary>A change of the connection's state.</summary>
public sealed record SocketIOStateChange
{
    /// <summary>The new state.</summary>
    public required SocketIOClientState State { get; init; }

    /// <summary>Why a session was lost or could not be opened, in the words of the reference client; null if neither happened.</summary>
    public string? Reason { get; init; }

    /// <summary>The error, with the exception that caused it; null if there was none.</summary>
    public SocketIOConnectException? Failure { get; init; }

    /// <summary>The number of the next attempt, from 1; 0 if none follows.</summary>
    public int Attempt { get; init; }

    /// <summary>The delay before the next attempt; null if none follows.</summary>
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

/// <summary>The disconnection of a client from a namespace.</summary>
/// <param name="Reason">
/// The reason, in the words of the reference client: <c>io server disconnect</c>, <c>io client disconnect</c>, <c>ping timeout</c>,
/// <c>transport close</c>, <c>transport error</c> or <c>parse error</c>.
/// </param>
/// <param name="Failure">The error; null if there was none.</param>
/// <param name="ComesBack">Whether the client tries to connect again.</param>
public sealed record SocketIOLoss(string Reason, EngineIOFailure? Failure, bool ComesBack);
