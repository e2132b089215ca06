using System.Threading;

namespace WsProto.SocketIO.Client.Hosting;

/// <summary>One run of the connect handlers of a namespace. Code that they start belongs to the run until they have completed.</summary>
internal sealed class Greeting(SocketIOClientNamespace space)
{
    private bool _isOver;

    internal bool IsOf(SocketIOClientNamespace other) => space == other && !Volatile.Read(ref _isOver);

    internal void End() => Volatile.Write(ref _isOver, true);
}
