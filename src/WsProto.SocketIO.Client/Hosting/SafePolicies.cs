using System;
using System.Diagnostics.CodeAnalysis;

namespace WsProto.SocketIO.Client.Hosting;

/// <summary>Policies are the application's: what they throw counts as giving up, and a delay is never negative.</summary>
internal static class SafePolicies
{
    internal static SocketIOClientConnectionOptions In(SocketIOClientConnectionOptions options) => options with
    {
        ReconnectPolicy = context => Ask(options.ReconnectPolicy, context),
        RejoinPolicy = context => Ask(options.RejoinPolicy, context),
    };

    [SuppressMessage("Design", "CA1031", Justification = "Nothing of the application's may break the core.")]
    private static TimeSpan? Ask<T>(Func<T, TimeSpan?> policy, T context)
    {
        try
        {
            TimeSpan? delay = policy(context);
            return delay < TimeSpan.Zero ? TimeSpan.Zero : delay;
        }
        catch (Exception)
        {
            return null;
        }
    }
}
