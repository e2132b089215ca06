using System;
using System.Net.Sockets;

namespace WsProto.Cli;

/// <summary>Why something failed, in words for users.</summary>
internal static class Reason
{
    /// <summary>The words of an exception; its own of too many open files speak of the whole system.</summary>
    public static string Of(Exception e) => e is SocketException { SocketErrorCode: SocketError.TooManyOpenSockets }
        ? "too many open files, see ulimit -n"
        : e.Message;
}
