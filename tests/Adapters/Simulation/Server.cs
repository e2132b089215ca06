using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using WsProto.Adapters.Transports;

namespace WsProto.Adapters.Tests.Simulation;

/// <summary>
/// A server as one would write it: sends back, answers what it is asked a little later, and tells all who are there what one of them says.
/// </summary>
internal sealed class Server(World world)
{
    private readonly WsAcceptOptions _options = new()
    {
        Session = world.Configure(Plan.Server),
        Extensions = world.Has(Kind.Deflate, Plan.Server) ? [new PerMessageDeflate()] : [],
        OnRequest = static (context, _) => new(
            context.Request.Target == Client.RefusedTarget ? WsResponse.Reject(403, "No.") : WsResponse.Accept()),
    };

    private readonly List<Client> _members = [];

    /// <summary>When each chat was said.</summary>
    internal List<TimeSpan> Chats { get; } = [];

    internal int Members => _members.Count;

    internal SendOverflow Overflow => _options.Session.SendOverflow;

    internal bool KeepsAll => _options.Session.MaxReceiveBacklog == new WsSessionOptions().MaxReceiveBacklog;

    internal async Task ServeAsync(Client client, MemoryTransport transport)
    {
        WsSession session;
        try
        {
            session = await WsSession.AcceptAsync(transport, _options);
        }
        catch (Exception e) when (e is WsHandshakeException or TimeoutException)
        {
            world.Note($"{client} not accepted: {e.Message}");
            World.Expect(client.MayFail, $"{client} was not accepted: {e.Message}");
            return;
        }

        client.Join(session, Chats.Count);
        _members.Add(client);
        world.Note($"{client} accepted");
        while (await session.ReceiveAsync() is { } message)
        {
            string text = Client.TextOf(message);
            client.Up.Receive(text);
            world.Note($"server received {Line.Show(text)}");
            await AnswerAsync(client, text);
        }

        _members.Remove(client);
        await session.DisposeAsync();
        world.Note($"{client} gone from the server, {session.CloseCause} {session.Closed!.Code}");
    }

    private async Task AnswerAsync(Client client, string text)
    {
        switch (text[0])
        {
            case 'e':
                await SendAsync(client, text);
                break;
            case 'a':
                world.Watch(AnswerLaterAsync(client, text));
                break;
            case 'c':
                Say(text);
                break;
        }
    }

    private async Task AnswerLaterAsync(Client client, string text)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(text.Length % 3 * 100), world.Time);
        await SendAsync(client, text);
    }

    /// <summary>Every other chat is encoded once for all.</summary>
    private void Say(string text)
    {
        text = $"c{Chats.Count}.{text}";
        PreparedMessage? prepared = Chats.Count % 2 == 0 ? PreparedMessage.FromText(text) : null;
        Chats.Add(world.Time.Now);
        foreach (Client member in _members)
        {
            Task sending = SendAsync(member, text, prepared);
            // Unless it is told to wait, a session that is stalled does not even hold up the loop. Where it waits, nobody else does.
            World.Expect(sending.IsCompleted || Overflow == SendOverflow.Wait, $"{member} holds up a chat");
            world.Watch(sending);
        }
    }

    private static async Task SendAsync(Client client, string text, PreparedMessage? prepared = null)
    {
        int place = client.Down.Send(text);
        try
        {
            await (prepared is null ? client.Far!.SendAsync(text) : client.Far!.SendAsync(prepared));
        }
        catch (WsClosedException) when (Client.HasEnded(client.Far!))
        {
            client.Down.Refuse(place);
        }
    }
}
