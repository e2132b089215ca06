// How a client connects to its namespaces and leaves them.

using System;
using WsProto.EngineIO;

namespace WsProto.SocketIO;

public sealed partial class SocketIOClientConnection
{
    private const string ByClient = "io client disconnect";

    /// <summary>Begins an attempt to connect to a namespace, if there is a session and the delay has passed.</summary>
    private void Begin(ClientNamespace space, TimeSpan now)
    {
        if (State != SocketIOClientState.Open || _violation is not null || space.RetryAt > now || !Move(space, MembershipTrigger.Begin))
            return;
        space.RetryAt = null;
        space.Attempt++;
        _events.Enqueue(new AuthorizationNeeded(space.Name, space.Attempt));
    }

    private void Check(ClientNamespace space, TimeSpan now)
    {
        if (space.NextDeadline is not { } due || now < due)
            return;
        if (space.State == SocketIOMembership.Wanted)
        {
            space.JoinUntil = now + _options.JoinTimeout;
            Begin(space, now);
            return;
        }

        _ = Move(space, MembershipTrigger.TimeOut);
        space.JoinUntil = null;
        TellRefused(space, SocketIORefusalKind.TimedOut, "The server did not answer in time.", SocketIOArguments.None, now);
    }

    private void Refuse(ClientNamespace space, SocketIORefusalKind kind, string message, SocketIOArguments data, TimeSpan now)
    {
        bool wasWanted = space.State != SocketIOMembership.Leaving;
        _ = Move(space, MembershipTrigger.Refuse);
        space.JoinUntil = null;
        space.ForgetEarly();
        space.Forget();
        if (wasWanted)
            TellRefused(space, kind, message, data, now);
    }

    private void TellRefused(ClientNamespace space, SocketIORefusalKind kind, string message, SocketIOArguments data, TimeSpan now)
    {
        TimeSpan? delay = DelayOf(space, kind, message, data, now);
        _events.Enqueue(new NamespaceRefused(space.Name, kind, message, data, delay));
        Rejoin(space, delay, now);
    }

    private TimeSpan? DelayOf(ClientNamespace space, SocketIORefusalKind kind, string message, SocketIOArguments data, TimeSpan now)
    {
        if (now - space.JoinedAt >= _options.Backoff.StableAfter)
            space.Failures = 0;
        space.JoinedAt = null;
        space.Failures++;
        TimeSpan delay = _options.Backoff.DelayOf(space.Failures, _random());
        return _options.RejoinPolicy(new SocketIORejoinContext(space.Name, kind, message, data, space.HasJoined, space.Failures, delay));
    }

    private void Rejoin(ClientNamespace space, TimeSpan? delay, TimeSpan now)
    {
        if (delay is not { } wait)
        {
            DropWaiting(space);
            return;
        }

        // After a timeout, an answer that still arrives counts.
        _ = Move(space, MembershipTrigger.Want);
        space.RetryAt = now + wait;
        space.JoinUntil = space.State == SocketIOMembership.Wanted ? null : now + _options.JoinTimeout;
    }

    private void Leave(ClientNamespace space)
    {
        bool wasIn = space.State == SocketIOMembership.Connected;
        bool wasWanted = ClientStateMachine.TakesEmits(space.State);
        _ = Move(space, MembershipTrigger.Leave);
        space.Forget();
        space.RetryAt = space.JoinUntil = null;
        space.Failures = 0;
        if (wasIn)
        {
            Session!.Send(_encoder.Disconnect(space.Name));
            TellLost(space, ByClient, null, comesBack: false);
        }

        if (wasWanted)
            DropWaiting(space);
    }

    private void LoseMemberships(string reason, EngineIOFailure? failure, bool comesBack)
    {
        foreach (ClientNamespace space in _spaces.Values)
        {
            bool wasIn = space.State == SocketIOMembership.Connected;
            _ = Move(space, MembershipTrigger.LoseSession);
            space.JoinUntil = null;
            space.ForgetEarly();
            if (wasIn)
                TellLost(space, reason, failure, comesBack);
        }
    }

    /// <summary>Leaves all namespaces without a further attempt.</summary>
    private void EndMemberships()
    {
        foreach (ClientNamespace space in _spaces.Values)
        {
            _ = Move(space, MembershipTrigger.End);
            space.RetryAt = space.JoinUntil = null;
            space.Failures = 0;
            space.Forget();
            DropWaiting(space);
        }
    }

    private void TellLost(ClientNamespace space, string reason, EngineIOFailure? failure, bool comesBack)
    {
        space.Id = null;
        space.IsReleased = false;
        _events.Enqueue(new NamespaceLost(space.Name, reason, failure, comesBack));
        LoseAcks(space);
    }
}
