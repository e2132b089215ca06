using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace WsProto.Adapters.Tests;

/// <summary>
/// The other side of <see cref="ListenerCrowdTests"/>, in a process of its own, so that the two have descriptors enough and only the
/// server's memory is counted. It says a line when each step is done and reads one before the next: opens a few connections, opens all
/// others, sends a message on each and reads the answer, goes.
/// </summary>
internal static class ListenerCrowd
{
    private const int Threads = 4;

    internal static Process Start(int port, int few, int all) => ListenerProcess.Start("crowd", port, few, all);

    internal static void Run(int port, int few, int all)
    {
        byte[] request = Encoding.ASCII.GetBytes(ListenerClient.Request());
        byte[] message = ListenerClient.Text("hi");
        var sockets = new Socket[all];

        InParallel(0, few, i => sockets[i] = Open(port, request));
        Console.WriteLine("open");
        Console.ReadLine();
        InParallel(few, all, i => sockets[i] = Open(port, request));
        Console.WriteLine("open");
        Console.ReadLine();
        InParallel(0, all, i => Ask(sockets[i], message));
        Console.WriteLine("answered");
        Console.ReadLine();
    }

    private static void InParallel(int from, int to, Action<int> action) =>
        Parallel.For(from, to, new ParallelOptions { MaxDegreeOfParallelism = Threads }, action);

    private static Socket Open(int port, byte[] request)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPAddress.Loopback, port);
        socket.Send(request);
        Span<byte> response = stackalloc byte[1024];
        int count = 0;
        do
        {
            int read = socket.Receive(response[count..]);
            if (read == 0)
                throw new InvalidOperationException("The server ended the connection.");
            count += read;
        }
        while (!response[..count].EndsWith("\r\n\r\n"u8));

        if (!response.StartsWith("HTTP/1.1 101 "u8))
            throw new InvalidOperationException(Encoding.ASCII.GetString(response[..count]));
        return socket;
    }

    private static void Ask(Socket socket, byte[] message)
    {
        socket.Send(message);
        Span<byte> answer = stackalloc byte[4];
        for (int count = 0; count < answer.Length;)
        {
            int read = socket.Receive(answer[count..]);
            if (read == 0)
                throw new InvalidOperationException("The server ended the connection.");
            count += read;
        }

        if (!answer.SequenceEqual((ReadOnlySpan<byte>)[0x81, 2, (byte)'h', (byte)'i']))
            throw new InvalidOperationException("Another answer: " + Convert.ToHexString(answer));
    }
}
