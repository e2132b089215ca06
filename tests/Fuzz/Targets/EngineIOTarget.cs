using System.Text;
using WsProto.EngineIO;
using WsProto.EngineIO.Tests;

namespace WsProto.Fuzz.Targets;

/// <summary>
/// One session of Engine.IO under any order of requests, bodies, WebSockets, losses, sends and time. It is held to what
/// <see cref="MemoryHost"/> holds all sessions to, and what left it is what was sent, in its order.
/// </summary>
internal sealed class EngineIOTarget() : Target("engineio")
{
    private static readonly string[] _packets =
    [
        "2probe", "5", "3", "4text", "1", "6", "2", "9", "", "bAQID", "4a\u001e4b\u001e3", "4ü", "\u001e",
    ];

    /// <summary>A step is a byte: the lower half says what is done, the upper one how.</summary>
    public override void Run(ReadOnlySpan<byte> input, Behaviour behaviour)
    {
        MemoryHost host = MemoryHost.Echo(new EngineIOServerOptions { MaxPayload = 20, MaxBufferedBytes = 2_000 });
        host.OnMessage = null;
        EngineIOSession? session = null;
        var sockets = new List<Exchange>();
        var requests = new List<Exchange>();
        var sent = new List<string>();
        if (input.IsEmpty || input[0] % 2 == 0)
            session = host.Open();
        else
            sockets.Add(host.OpenWebSocket());
        session ??= sockets[0].Session!;
        foreach (byte step in input.Length > 200 ? input[..200] : input)
        {
            int how = step >> 4;
            Do(step & 15, how);
            behaviour.Step(step & 15, (int)session.State, (int)session.BufferedBytes);
        }

        host.Advance(200);
        Oracle.Same(SessionState.Closed, session.State, "Silence ends every session.");
        Oracle.That(!host.Pending.Any(), "Nobody waits any more.");
        Oracle.Same(0, host.Server.SessionCount, "The server has forgotten it.");
        string[] left = [.. host.MessagesThatLeft(session)];
        Oracle.That(left.SequenceEqual(sent.Take(left.Length)), $"Sent: {string.Join(',', sent)}; left: {string.Join(',', left)}.");

        void Do(int what, int how)
        {
            switch (what)
            {
                case 0 or 1:
                    requests.Add(host.Poll(session));
                    break;
                case 2:
                    requests.Add(host.Post(session, _packets[how % _packets.Length]));
                    break;
                case 3:
                    requests.Add(host.BeginPost(session));
                    break;
                case 4 when requests.LastOrDefault(request => request.Request.Method == "POST" && !request.IsOver) is { } post:
                    host.Body(post, Encoding.UTF8.GetBytes(_packets[how % _packets.Length]));
                    break;
                case 5 when requests.LastOrDefault(request => request.Request.Method == "POST" && !request.IsOver) is { } post:
                    host.BodyEnd(post);
                    break;
                case 6:
                    sockets.Add(host.Connect(session));
                    break;
                case 7 or 8 when sockets.LastOrDefault(socket => socket.IsAccepted && !socket.IsOver) is { } socket:
                    host.Send(socket, _packets[how % _packets.Length]);
                    break;
                case 9 when sockets.LastOrDefault(socket => socket.IsAccepted && !socket.IsOver) is { } socket:
                    host.Send(socket, new byte[how * 2]);
                    break;
                case 10 when sockets.LastOrDefault(socket => socket.IsAccepted && !socket.IsOver) is { } socket:
                    host.Close(socket);
                    break;
                case 11 when requests.LastOrDefault(request => !request.IsOver && request.Session is not null) is { } request:
                    host.Abort(request);
                    break;
                case 12 or 13:
                    string text = $"{sent.Count}{new string('x', how * 10)}";
                    if (host.Send(session, text) == SendResult.Accepted)
                        sent.Add(text);
                    break;
                case 14:
                    host.Advance(how is 0 ? 0.05 : how * 4);
                    break;
                case 15 when how > 12:
                    host.Close(session, discard: how == 15);
                    break;
            }
        }
    }

    public override IEnumerable<Seed> Seeds() =>
    [
        new Seed("polling", [0x00, 0x0c, 0x01, 0x1c, 0x00, 0x32, 0x01, 0x42]),
        new Seed("websocket", [0x01, 0x37, 0x0c, 0x29, 0x1c, 0x0a]),
        new Seed("upgrade", [0x00, 0x06, 0x07, 0x0c, 0x17, 0x1c, 0x37]),
        new Seed("upgrade-that-ends", [0x00, 0x06, 0x07, 0x0c, 0x0a, 0x01, 0x1c]),
        new Seed("upgrade-that-is-late", [0x00, 0x06, 0x07, 0x0c, 0x3e, 0x01, 0x17]),
        new Seed("bodies", [0x02, 0x03, 0x34, 0xa4, 0x05, 0x03, 0x0b]),
        new Seed("two-polls", [0x00, 0x00]),
        new Seed("closed-by-us", [0x00, 0x0c, 0xdf, 0x01]),
        new Seed("discarded", [0x0c, 0xff]),
        new Seed("silence", [0x0e, 0x7e, 0x7e]),
        new Seed("too-much", [0xfc, 0xfc, 0xfc, 0xfc, 0xfc, 0xfc, 0xfc, 0xfc, 0xfc, 0xfc, 0xfc, 0xfc, 0xfc, 0xfc, 0xfc]),
        new Seed("large-message", [0x01, 0xf9]),
    ];
}
