using System;
using WsProto.Framing;

namespace WsProto.Http1;

internal enum LineStatus
{
    NeedMore,
    Done,
    TooLong,
    BareLineFeed,
}

/// <summary>
/// Finds the end of a line as it arrives. What was searched once is not searched again, so time is linear however the bytes are cut.
/// </summary>
internal struct LineReader
{
    /// <summary>CR LF.</summary>
    internal const int End = 2;

    private int _searched;

    /// <summary>Looks for the next line. The caller skips it, and its end, once it is used.</summary>
    /// <param name="input">Where the line begins at the first unread byte.</param>
    /// <param name="most">How many bytes the line may have with its end.</param>
    /// <param name="line">The line without its end.</param>
    internal LineStatus Read(ReceiveBuffer input, int most, out ReadOnlySpan<byte> line)
    {
        line = default;
        ReadOnlySpan<byte> unread = input.Unread;
        int visible = Math.Min(unread.Length, most);
        int found = unread[_searched..visible].IndexOf((byte)'\n');
        if (found < 0)
        {
            _searched = visible;
            return visible < most ? LineStatus.NeedMore : LineStatus.TooLong;
        }

        // A lone LF ends a line for some readers and not for others, which is how requests are smuggled (RFC 9112 §2.2).
        int end = _searched + found;
        if (end == 0 || unread[end - 1] != '\r')
            return LineStatus.BareLineFeed;
        line = unread[..(end - 1)];
        _searched = 0;
        return LineStatus.Done;
    }
}
