using System;
using System.Diagnostics.CodeAnalysis;

namespace WsProto.SocketIO.Client.Hosting;

/// <summary>Wraps the policies of the application: an exception counts as giving up, and a negative delay as zero.</summary>
internal static class SafePolicies
{
    internal static SocketIOClientConnectionOptions In(SocketIOClientConnectionOptions options) => options with
    {
        ReconnectPolicy = context => Ask(options.ReconnectPolicy, context),
        RejoinPolicy = context => Ask(options.RejoinPolicy, context),
    };

    [SuppressMessage("Design", "CA1031", Justification = "An exception of the application must not break the core.")]
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
