using System;
using System.IO;
using System.Net.Sockets;

namespace WsProto.Adapters.Listening;

/// <summary>The file of a Unix socket, which stays where its process was killed.</summary>
internal static class SocketFile
{
    /// <summary>Removes the file if it is a socket on which nobody listens.</summary>
    /// <returns>Whether it was removed.</returns>
    internal static bool TryRemoveStale(UnixDomainSocketEndPoint endPoint)
    {
        string path = endPoint.ToString();
        if (!IsSocket(path) || IsListenedOn(endPoint))
            return false;
        File.Delete(path);
        return true;
    }

    /// <summary>Any other file can be opened; for writing too, so that a named pipe does not wait for its other end.</summary>
    private static bool IsSocket(string path)
    {
        try
        {
            using (File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
                return false;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException)
        {
            // "No such device or address": a socket cannot be opened.
            return File.Exists(path);
        }
    }

    /// <summary>A connection to a socket that nobody listens on is refused at once.</summary>
    private static bool IsListenedOn(UnixDomainSocketEndPoint endPoint)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            probe.Connect(endPoint);
            return true;
        }
        catch (SocketException e)
        {
            // A backlog that is full is somebody's.
            return e.SocketErrorCode != SocketError.ConnectionRefused;
        }
    }
}
