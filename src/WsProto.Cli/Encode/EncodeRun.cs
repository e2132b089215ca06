// Messages to frames. The core encodes, as a server and so without masks; masks are put on then, as the key may be the user's.

using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using WsProto.Cli.Connect;
using WsProto.Cli.Decode;
using WsProto.Cli.Listen;
using WsProto.Extensions;

namespace WsProto.Cli.Encode;

/// <param name="settings">What the command line asks for.</param>
/// <param name="terminal">What to read and where to write.</param>
internal sealed class EncodeRun(EncodeSettings settings, Terminal terminal)
{
    public int Run()
    {
        IEnumerable<byte[]> messages = settings.Messages.Count > 0
            ? settings.Messages.Select(Encoding.UTF8.GetBytes)
            : InputReader.Lines(terminal.Input);
        try
        {
            foreach (byte[] message in messages)
                Write(Encode(message));
        }
        catch (Exception e) when (e is ArgumentException or LocalProtocolException)
        {
            throw new CliException(ExitCode.Usage, $"That cannot be encoded: {e.Message}");
        }

        terminal.Payloads.Flush();
        return ExitCode.Ok;
    }

    // Each message is of a connection of its own, so that the order does not matter; compressed ones refer to none before.
    private IEnumerable<OutgoingFrame> Encode(byte[] message)
    {
        ExtensionCodec? codec = settings.HasDeflate
            ? new PerMessageDeflate { MinCompressedSize = 0 }.Accept(ObservedDeflate.Bare)
            : null;
        using var connection = WsConnection.Established(ConnectionRole.Server, codec is null ? [] : [codec]);
        var octets = new ArrayBufferWriter<byte>();
        if (settings.Kind == Opcode.Close)
        {
            SendClose(connection, Encoding.UTF8.GetString(message), octets);
        }
        else if (settings.Kind is Opcode.Ping or Opcode.Pong)
        {
            byte[] payload = OctetsOf(message);
            if (settings.Kind == Opcode.Ping)
                connection.SendPing(payload, octets);
            else
                connection.SendPong(payload, octets);
        }
        else if (settings.Kind == Opcode.Text)
        {
            connection.SendText(OctetsOf(message), octets);
        }
        else
        {
            connection.SendBytes(OctetsOf(message), octets);
        }

        return OutgoingFrame.Take([.. octets.WrittenSpan]).SelectMany(Fragments);
    }

    /// <summary>A message in one frame, cut into several (RFC 6455 §5.4); its reserved bits are on the first (RFC 7692 §6.1).</summary>
    private IEnumerable<OutgoingFrame> Fragments(OutgoingFrame frame)
    {
        if (settings.Fragment is not { } size || frame.IsControl || frame.Payload.Length <= size)
            return [frame];
        byte[][] pieces = [.. frame.Payload.Chunk(size)];
        return pieces.Select((piece, i) =>
        {
            int first = (i == 0 ? frame.First & 0x7F : 0) | (i == pieces.Length - 1 ? 0x80 : 0);
            return new OutgoingFrame((byte)first, piece);
        });
    }

    private static void SendClose(WsConnection connection, string text, ArrayBufferWriter<byte> octets)
    {
        string[] parts = text.Trim().Split(' ', 2);
        if (parts[0].Length == 0)
        {
            connection.Send(new CloseConnection(CloseCode.NoStatusReceived), octets);
            return;
        }

        if (!ushort.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out ushort code))
            throw new CliException(ExitCode.Usage, "A Close is a code, and perhaps a reason: '1000 bye'.");
        connection.SendClose((CloseCode)code, parts.Length > 1 ? parts[1] : "", octets);
    }

    private byte[] OctetsOf(byte[] message) => settings.IsHexInput
        ? Payloads.OctetsOf(Payloads.Read(PayloadFormat.Hex, message))
        : message;

    private void Write(IEnumerable<OutgoingFrame> frames)
    {
        foreach (OutgoingFrame frame in frames)
        {
            byte[]? key = settings.IsMasked ? settings.Key ?? RandomNumberGenerator.GetBytes(4) : null;
            byte[] octets = frame.Encode(key);
            terminal.Payloads.Write(settings.IsHex ? Encoding.ASCII.GetBytes(Convert.ToHexStringLower(octets) + "\n") : octets);
        }
    }
}
