using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;

namespace WsProto.Bench;

/// <summary>
/// Resident memory per idle connection after one message of 1 KiB each way: <c>-- memory</c>. Each line is a process of its own.
/// </summary>
internal static class DeflateMemory
{
    private const int Connections = 4000;

    private static readonly byte[] _payload = Corpus.Json(1024, 1)[0];

    private static readonly (string Name, PerMessageDeflate? Template, bool IsPeer)[] _cases =
    [
        ("no compression", null, false),
        ("no compression", null, true),
        ("takeover, window 15", Template(15, takeover: true), false),
        ("takeover, window 15", Template(15, takeover: true), true),
        ("takeover, window 12", Template(12, takeover: true), false),
        ("takeover, window 9", Template(9, takeover: true), false),
        ("no takeover", Template(15, takeover: false), false),
        ("no takeover", Template(15, takeover: false), true),
    ];

    public static void Print()
    {
        for (int i = 0; i < _cases.Length; i++)
        {
            using Process process = Process.Start(Environment.ProcessPath!, ["memory", i.ToString(CultureInfo.InvariantCulture)]);
            process.WaitForExit();
        }
    }

    public static void Measure(int index)
    {
        (string name, PerMessageDeflate? template, bool isPeer) = _cases[index];
        byte[] wire = Wire(template);
        IDisposable Make() => isPeer ? Theirs(wire, template) : Ours(wire, template);

        Make().Dispose();
        long before = Resident();
        IDisposable[] connections = [.. Enumerable.Range(0, Connections).Select(_ => Make())];
        long used = (Resident() - before) / Connections;
        foreach (IDisposable connection in connections)
            connection.Dispose();
        long left = (Resident() - before) / Connections;
        Console.WriteLine(
            $"{(isPeer ? "System.Net.WebSockets" : "WsProto"),-22} {name,-20} {used,8:N0} bytes each, {left,8:N0} after disposal");
    }

    private static PerMessageDeflate Template(int window, bool takeover) => new()
    {
        ServerNoContextTakeover = !takeover,
        ClientNoContextTakeover = !takeover,
        ServerMaxWindowBits = window,
        ClientMaxWindowBits = window,
        MinCompressedSize = 0,
    };

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    private static byte[] Wire(PerMessageDeflate? template)
    {
        using WsConnection client = WsConnection.Established(
            ConnectionRole.Client,
            template is null ? [] : [template.Confirm(template.Accept(template.Offer()[0])!.Agreed)!]);
        return client.Send(new BytesMessage(_payload));
    }

    private static WsConnection Ours(byte[] wire, PerMessageDeflate? template)
    {
        WsConnection server =
            WsConnection.Established(ConnectionRole.Server, template is null ? [] : [template.Accept(template.Offer()[0])!]);
        server.Receive(wire);
        while (server.TryReadFrame(out _))
        {
        }

        server.Send(new BytesMessage(_payload));
        return server;
    }

    private static WebSocket Theirs(byte[] wire, PerMessageDeflate? template)
    {
        WebSocket server = Peer.Server(new LoopStream(wire, 1 << 16), template is null ? null : !template.ServerNoContextTakeover);
        server.ReceiveAsync(new byte[2048].AsMemory(), CancellationToken.None).AsTask().GetAwaiter().GetResult();
        server.SendAsync(_payload.AsMemory(), WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None).AsTask().GetAwaiter()
            .GetResult();
        return server;
    }
}
