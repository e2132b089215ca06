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
    private const int LongestHeader = 14;

    private readonly StringBuilder _line = new();
    private readonly byte[] _header = new byte[LongestHeader];
    private readonly byte[] _payload = new byte[Shown];
    private bool _isHead = true;
    private int _headerCount;
    private long _length;
    private long _payloadCount;

    /// <summary>Follows octets.</summary>
    public void Add(ReadOnlySpan<byte> octets)
    {
        foreach (byte octet in octets)
        {
            if (_isHead)
                AddToHead(octet);
            else
                AddToFrame(octet);
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

    private void AddToFrame(byte octet)
    {
        if (_headerCount < LengthOfHeader())
        {
            _header[_headerCount++] = octet;
            if (_headerCount < LengthOfHeader())
                return;
            _length = LengthOfPayload();
            _payloadCount = 0;
        }
        else
        {
            if (_payloadCount < Shown)
                _payload[_payloadCount] = (byte)(octet ^ (IsMasked ? _header[_headerCount - 4 + (int)(_payloadCount & 3)] : 0));
            _payloadCount++;
        }

        if (_payloadCount == _length)
        {
            Show();
            _headerCount = 0;
        }
    }

    private bool IsMasked => (_header[1] & 0x80) != 0;

    private int LengthOfHeader() =>
        _headerCount < 2 ? 2 : 2 + ((_header[1] & 0x7F) switch { 126 => 2, 127 => 8, _ => 0 }) + (IsMasked ? 4 : 0);

    private long LengthOfPayload() => (_header[1] & 0x7F) switch
    {
        126 => BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(2)),
        127 => BinaryPrimitives.ReadInt64BigEndian(_header.AsSpan(2)),
        int length => length,
    };

    private void Show()
    {
        string bits = string.Create(
            CultureInfo.InvariantCulture, $"{_header[0] >> 4:b4} {_header[0] & 0xF:b4}  {_header[1] >> 7:b1} {_header[1] & 0x7F:b7}");
        string fin = (_header[0] & 0x80) != 0 ? "FIN " : "";
        string rsv = (_header[0] & 0x40) != 0 ? "RSV1 " : "";
        rsv += (_header[0] & 0x20) != 0 ? "RSV2 " : "";
        rsv += (_header[0] & 0x10) != 0 ? "RSV3 " : "";
        string mask = IsMasked ? ", mask " + Convert.ToHexStringLower(_header.AsSpan(_headerCount - 4, 4)) : "";
        string length = string.Create(CultureInfo.InvariantCulture, $"{_length} bytes");
        terminal.Error.WriteLine($"{mark} {bits}  {fin}{rsv}{Name()}{mask}, {length}{Payload()}");
    }

    private string Payload()
    {
        if (_length == 0)
            return "";
        ReadOnlySpan<byte> seen = _payload.AsSpan(0, (int)Math.Min(_length, Shown));
        string more = _length > Shown ? "…" : "";
        int opcode = _header[0] & 0xF;
        if (opcode == 0x8 && seen.Length >= 2)
        {
            string reason = Terminal.Plain(Encoding.UTF8.GetString(seen[2..]));
            return string.Create(CultureInfo.InvariantCulture, $": {BinaryPrimitives.ReadUInt16BigEndian(seen)} {reason}{more}");
        }

        return opcode == 0x1 && (_header[0] & 0x40) == 0
            ? $": {Terminal.Plain(Encoding.UTF8.GetString(seen))}{more}"
            : $": {Convert.ToHexStringLower(seen)}{more}";
    }

    private string Name() => (_header[0] & 0xF) switch
    {
        0x0 => "continuation",
        0x1 => "text",
        0x2 => "binary",
        0x8 => "close",
        0x9 => "ping",
        0xA => "pong",
        int opcode => string.Create(CultureInfo.InvariantCulture, $"opcode {opcode}"),
    };
}
