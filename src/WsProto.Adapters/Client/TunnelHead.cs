using System;
using System.Collections.Generic;
using System.Text;

namespace WsProto.Adapters.Client;

/// <summary>
/// Shows the head of an answer to CONNECT to its reader, line by line, without what counts for nothing there: "A client MUST ignore any
/// Content-Length or Transfer-Encoding header fields received in a successful response to CONNECT" (RFC 9110 §9.3.6), however malformed.
/// </summary>
/// <param name="reader">Reads the rest.</param>
/// <param name="limit">The most bytes that are left out.</param>
internal sealed class TunnelHead(WsConnection reader, int limit)
{
    private readonly List<byte> _line = [];
    private bool _isFirst = true;
    private bool _isSuccessful;
    private int _leftOut;

    internal void Receive(ReadOnlySpan<byte> data)
    {
        // A body is the reader's alone.
        if (data.Length != 1)
        {
            reader.Receive(data);
            return;
        }

        _line.Add(data[0]);
        if (data[0] != '\n' && _line.Count < limit)
            return;
        byte[] line = [.. _line];
        _line.Clear();
        if (_isFirst)
            _isSuccessful = line.Length > 9 && line[9] == '2';
        // An informational answer ends with its empty line, and another one follows.
        _isFirst = line.AsSpan().TrimEnd("\r\n"u8).IsEmpty;
        if (_isSuccessful && _leftOut < limit && IsFraming(line))
            _leftOut += line.Length;
        else
            reader.Receive(line);
    }

    private static bool IsFraming(byte[] line)
    {
        int colon = Array.IndexOf(line, (byte)':');
        return colon > 0 && Encoding.Latin1.GetString(line, 0, colon).ToUpperInvariant() is "CONTENT-LENGTH" or "TRANSFER-ENCODING";
    }
}
