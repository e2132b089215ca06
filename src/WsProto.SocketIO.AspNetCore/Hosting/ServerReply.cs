using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>An event of another server that expects acknowledgements. Each acknowledgement of a client is sent back.</summary>
internal sealed class ServerReply(ServerLink link, ServerEmit emit, ServerCall call)
{
    /// <summary>Sends the event, and reports the number of clients that were asked.</summary>
    /// <returns>False if the event is malformed.</returns>
    internal bool Send(SocketIONamespace? space)
    {
        IReadOnlyList<SocketIOSocket> sockets = space?.Select(emit.Audience) ?? [];
        if (sockets.Count == 0)
        {
            Count(0);
            return true;
        }

        long id = space!.NextAckId();
        if (link.PacketsOf(emit, id) is not { } packets)
        {
            // Reported, so that the caller does not wait for answers to an event that was not sent.
            Count(0);
            return false;
        }

        List<(SocketIOSocket Socket, Task<SocketIOArguments?> Answer)> calls = SocketIOBroadcast.Call(sockets, id, packets);
        Count(calls.Count);
        _ = ReturnAsync(space, id, calls);
        return true;
    }

    private async Task ReturnAsync(SocketIONamespace space, long id, List<(SocketIOSocket Socket, Task<SocketIOArguments?> Answer)> calls)
    {
        SocketIOOptions options = space.Server.Options;
        await Task.WhenAll(calls.Select(pair => ReturnAsync(pair.Answer)))
            .WaitAsync(call.Timeout ?? options.AckTimeout, options.Engine.TimeProvider)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach ((SocketIOSocket socket, _) in calls)
            socket.Forget(id);
    }

    private async Task ReturnAsync(Task<SocketIOArguments?> answer)
    {
        if (await answer.ConfigureAwait(false) is { } arguments)
            link.Publish(new ServerAnswer(link.Id, emit.Origin, emit.Audience.Namespace, call, arguments));
        else
            Count(-1);
    }

    /// <summary>Reports a number of clients. Servers of another implementation do not expect it.</summary>
    private void Count(int clients)
    {
        if (link.Others.Contains(emit.Origin))
            link.Publish(new ServerCounted(link.Id, emit.Origin, call.Id, clients));
    }
}
