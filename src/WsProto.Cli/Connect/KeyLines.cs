using System;
using System.Collections.Generic;
using System.IO;

namespace WsProto.Cli.Connect;

/// <summary>
/// Lines of what is typed, at any length. They are shown as they grow; a character can be taken back, and Ctrl+D ends all.
/// </summary>
/// <param name="echo">Shows octets.</param>
internal sealed class KeyLines(Action<ReadOnlySpan<byte>> echo)
{
    private const byte EndOfInput = 4;
    private const byte Escape = 0x1B;

    private readonly List<byte> _line = [];
    private bool _isEscaped;
    private bool _isSequence;

    /// <summary>Reads lines.</summary>
    /// <param name="keys">The octets of keys, as they are pressed.</param>
    public IEnumerable<byte[]> Read(Stream keys)
    {
        byte[] buffer = new byte[4096];
        while (keys.Read(buffer) is var count and > 0)
        {
            for (int i = 0; i < count; i++)
            {
                if (buffer[i] == EndOfInput)
                    yield break;
                if (buffer[i] is (byte)'\n' or (byte)'\r')
                {
                    echo("\r\n"u8);
                    yield return [.. _line];
                    _line.Clear();
                }
                else
                {
                    Take(buffer[i]);
                }
            }
        }
    }

    private void Take(byte octet)
    {
        if (IsOfEscape(octet))
            return;
        if (octet is 0x7F or (byte)'\b')
        {
            TakeBack();
            return;
        }

        if (octet is < (byte)' ' and not (byte)'\t')
            return;
        _line.Add(octet);
        echo([octet]);
    }

    /// <summary>
    /// Whether it belongs to what a key such as an arrow sends: Escape, and a letter, or a bracket, parameters and a letter.
    /// </summary>
    private bool IsOfEscape(byte octet)
    {
        if (_isSequence)
        {
            _isSequence = octet is < 0x40 or > 0x7E;
            return true;
        }

        if (_isEscaped)
        {
            _isEscaped = false;
            _isSequence = octet is (byte)'[' or (byte)'O';
            return true;
        }

        _isEscaped = octet == Escape;
        return _isEscaped;
    }

    private void TakeBack()
    {
        int start = _line.Count - 1;
        // The octets behind the first of a character begin with the bits 10.
        while (start > 0 && (_line[start] & 0xC0) == 0x80)
            start--;
        if (start < 0)
            return;
        _line.RemoveRange(start, _line.Count - start);
        echo("\b \b"u8);
    }
}
