// The scripted end of a compressed case: it compresses and inflates with the DeflateStream of the base class library.

using System.IO.Compression;
using WsProto.Tests.Extensions.Deflate;

namespace WsProto.Tests.Conformance;

internal sealed class CompressingPeer : IDisposable
{
    private const int Rsv1 = 0b100;
    private static readonly byte[] _tail = [0x00, 0x00, 0xFF, 0xFF];

    private readonly ScriptedPeer _peer;
    private readonly bool _forgetsOwn;
    private readonly bool _forgetsOther;
    private readonly MemoryStream _arrived = new();
    private Zip _zip = new(CompressionLevel.Fastest);
    private DeflateStream _unzip;

    /// <summary>Connects, with this offer or answer, to an end whose extension has the default settings.</summary>
    public CompressingPeer(ConnectionRole roleUnderTest, string extensions)
    {
        _peer = new ScriptedPeer(roleUnderTest, extensions, new PerMessageDeflate());
        // As a client this end is bound by the other's answer, as a server by its own.
        string agreed = roleUnderTest == ConnectionRole.Server ? AnswerIn(_peer.Handshake) : extensions;
        bool serverForgets = agreed.Contains("server_no_context_takeover", StringComparison.Ordinal);
        bool clientForgets = agreed.Contains("client_no_context_takeover", StringComparison.Ordinal);
        (_forgetsOwn, _forgetsOther) = roleUnderTest == ConnectionRole.Server
            ? (clientForgets, serverForgets)
            : (serverForgets, clientForgets);
        _unzip = new DeflateStream(_arrived, CompressionMode.Decompress, leaveOpen: true);
        Agreed = agreed;
    }

    /// <summary>The element of the answer.</summary>
    public string Agreed { get; }

    /// <summary>Sends a message, compressed, in frames of at most so many octets, and wants its echo.</summary>
    public void EchoesCompressed(Opcode opcode, byte[] payload, int fragment)
    {
        if (_forgetsOwn)
        {
            _zip.Dispose();
            _zip = new Zip(CompressionLevel.Fastest);
        }

        _peer.SendAtOnce(SuiteFrame.Message(opcode, _zip.Message(payload), fragment, Rsv1));
        SuiteFrame echo = Assert.Single(_peer.Take());
        Assert.Equal((opcode, true), (echo.Opcode, echo.Fin));
        Assert.True(echo.Rsv is 0 or Rsv1);
        Assert.True(
            payload.AsSpan().SequenceEqual(echo.Rsv == 0 ? echo.Payload : Inflate(echo.Payload, payload.Length)),
            "The echo has another payload.");
    }

    public void ClosesCleanly() => _peer.ClosesCleanly();

    public void Dispose()
    {
        _peer.Dispose();
        _zip.Dispose();
        _unzip.Dispose();
        _arrived.Dispose();
    }

    private byte[] Inflate(byte[] payload, int expected)
    {
        if (_forgetsOther)
        {
            _unzip.Dispose();
            _unzip = new DeflateStream(_arrived, CompressionMode.Decompress, leaveOpen: true);
        }

        _arrived.SetLength(0);
        _arrived.Write(payload);
        _arrived.Write(_tail);
        _arrived.Position = 0;
        byte[] inflated = new byte[expected + 1];
        return inflated[.._unzip.ReadAtLeast(inflated, inflated.Length, throwOnEndOfStream: false)];
    }

    private static string AnswerIn(string head) =>
        Assert.Single(
            head.Split("\r\n"),
            line => line.StartsWith("Sec-WebSocket-Extensions: permessage-deflate", StringComparison.Ordinal));
}
