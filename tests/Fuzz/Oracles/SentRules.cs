// What we write has to be the protocol, whatever the peer sent: read back here by a strict parser of its own.

using System.Buffers.Binary;
using System.Text;
using WsProto.Tests;

namespace WsProto.Fuzz.Oracles;

internal sealed class SentRules(ConnectionRole role, bool hasExtension)
{
    private readonly List<byte> _all = [];
    private bool _closed;
    private bool _open;

    /// <summary>All that was sent, the handshake included.</summary>
    public byte[] All => [.. _all];

    /// <summary>The frames that were sent.</summary>
    public List<byte> Frames { get; } = [];

    /// <summary>A head, with nothing but a body after it.</summary>
    public void Head(byte[] bytes)
    {
        _all.AddRange(bytes);
        string text = Encoding.Latin1.GetString(bytes);
        int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        Oracle.That(end > 0, "A head without an end was sent.");
        Oracle.That(
            text.StartsWith(role == ConnectionRole.Client ? "GET /" : "HTTP/1.1 ", StringComparison.Ordinal),
            "A head with a wrong start line was sent.");
        foreach (string line in text[..end].Split("\r\n"))
            Oracle.That(
                line.Length > 0 && line.All(c => c is (>= ' ' and not '\x7F') or '\t'),
                "A head was sent that can be read in two ways.");
    }

    /// <summary>Pieces of the body of a refusal.</summary>
    public void Body(byte[] bytes) => _all.AddRange(bytes);

    /// <summary>One frame.</summary>
    public void Frame(byte[] bytes)
    {
        _all.AddRange(bytes);
        Frames.AddRange(bytes);
        Oracle.That(bytes.Length >= 2, "Half a frame was sent.");
        bool fin = bytes[0] >= 0x80;
        var opcode = (Opcode)(bytes[0] & 0xF);
        bool masked = bytes[1] >= 0x80;
        Oracle.That(
            (bytes[0] & 0x30) == 0 && ((bytes[0] & 0x40) == 0 || (hasExtension && opcode is Opcode.Text or Opcode.Binary)),
            "A reserved bit was sent.");
        Oracle.That(masked == (role == ConnectionRole.Client), "A frame was masked the wrong way.");
        (long length, int size) = (bytes[1] & 0x7F) switch
        {
            126 => (BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(2)), 4),
            127 => (BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(2)), 10),
            int small => ((long)small, 2),
        };
        Oracle.That(size == (length > ushort.MaxValue ? 10 : length > 125 ? 4 : 2), "A length was not sent in its shortest form.");
        size += masked ? 4 : 0;
        Oracle.That(bytes.Length == size + length, "Not exactly one frame was sent.");

        Oracle.That(!_closed || opcode == Opcode.Pong, $"{opcode} was sent after a Close.");
        if (opcode.IsControl)
            Oracle.That(fin && length <= 125 && opcode <= Opcode.Pong, "A control frame was sent that may not be.");
        else
        {
            Oracle.That(_open == (opcode == Opcode.Continuation) && opcode <= Opcode.Binary, "Messages were sent one inside another.");
            _open = !fin;
        }

        if (opcode == Opcode.Close)
            CheckClose(masked ? Wire.Mask(bytes[size..], bytes[(size - 4)..size]) : bytes[size..]);
    }

    private void CheckClose(byte[] payload)
    {
        _closed = true;
        if (payload.Length == 0)
            return;
        Oracle.That(payload.Length >= 2, "A Close with half a code was sent.");
        int code = BinaryPrimitives.ReadUInt16BigEndian(payload);
        Oracle.That(code is (>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999), $"Close code {code} was sent.");
        Oracle.That(code != 1010 || role == ConnectionRole.Client, "A server sent 1010.");
        Oracle.That(Utf8Model.Read(payload.AsSpan(2)).IsComplete, "A reason that is not UTF-8 was sent.");
    }
}
