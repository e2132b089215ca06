// Shows the octets of one direction: the lines of the head, then a line for each frame with the bits of its first two octets (RFC 6455
// §5.2). It follows what is there, right or wrong: the session judges it.

using System;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace WsProto.Cli.Connect;

/// <param name="mark">Stands before each line.</param>
/// <param name="terminal">Whose standard error gets the lines.</param>
internal sealed class FrameTrace(char mark, Terminal terminal)
{
    private const int Shown = 64;

    private readonly StringBuilder _line = new();
    private readonly FrameWalker _frame = new(Shown);
    private bool _isHead = true;

    /// <summary>Follows octets.</summary>
    public void Add(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            if (_isHead)
            {
                AddToHead(octets[0]);
                octets = octets[1..];
                continue;
            }

            octets = octets[_frame.Take(octets)..];
            if (_frame.IsFinished)
                Show();
        }
    }

    private void AddToHead(byte octet)
    {
        if (octet != '\n')
        {
            _line.Append((char)octet);
            return;
        }

        string line = _line.ToString().TrimEnd('\r');
        _line.Clear();
        _isHead = line.Length > 0;
        if (_isHead)
            terminal.Error.WriteLine($"{mark} {Terminal.Plain(line)}");
    }

    private void Show()
    {
        string flags = _frame.Flags.Length > 0 ? _frame.Flags + " " : "";
        string mask = _frame.IsMasked ? ", mask " + Convert.ToHexStringLower(_frame.Key) : "";
        string length = string.Create(CultureInfo.InvariantCulture, $"{_frame.Length} bytes");
        terminal.Error.WriteLine($"{mark} {_frame.Bits}  {flags}{_frame.Name}{mask}, {length}{Payload()}");
    }

    private string Payload()
    {
        if (_frame.Length == 0)
            return "";
        ReadOnlySpan<byte> seen = _frame.Sample;
        string more = _frame.Length > Shown ? "…" : "";
        if (_frame.Opcode == 0x8 && seen.Length >= 2)
        {
            string reason = Terminal.Plain(Encoding.UTF8.GetString(seen[2..]));
            return string.Create(CultureInfo.InvariantCulture, $": {BinaryPrimitives.ReadUInt16BigEndian(seen)} {reason}{more}");
        }

        return _frame.Opcode == 0x1 && !_frame.HasRsv1
            ? $": {Terminal.Plain(Encoding.UTF8.GetString(seen))}{more}"
            : $": {Convert.ToHexStringLower(seen)}{more}";
    }
}
