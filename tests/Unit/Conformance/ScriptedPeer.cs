// The two ends of a case. The end under test echoes each message, answers each Ping, and answers a Close; the other one does as its
// script says, and reads the answers with the strict reader of the tests. There is no transport between them, so "timeout" and
// "immediately" of the cases become: what has been answered once these octets, and no more, have arrived.

using System.Buffers;
using WsProto.Extensions;
using WsProto.Tests.Framing;

namespace WsProto.Tests.Conformance;

internal sealed class ScriptedPeer : IDisposable
{
    private static readonly WsConnectionOptions _options = new()
    {
        // "Cases 9.* need limits raised": 16 MiB, and 65,536 frames.
        MaxMessageSize = 16 << 20,
        MaxFragmentCount = 1 << 16,
        Random = Rand.Fixed(Heads.Nonce),
    };

    private readonly WsConnection _underTest;
    private readonly List<SuiteFrame> _replies = [];
    private readonly ArrayBufferWriter<byte> _output = new();

    /// <summary>Connects to an end of the role; without the extension as long as there is none.</summary>
    /// <param name="roleUnderTest">The role of the end under test.</param>
    /// <param name="extensions">What the scripted end writes into Sec-WebSocket-Extensions, as an offer or as an answer.</param>
    /// <param name="template">The extension of the end under test.</param>
    public ScriptedPeer(ConnectionRole roleUnderTest, string? extensions = null, WsExtension? template = null)
    {
        Role = roleUnderTest;
        _underTest = new WsConnection(roleUnderTest, _options);
        string[] more = extensions is null ? [] : [$"Sec-WebSocket-Extensions: {extensions}"];
        WsExtension[] templates = template is null ? [] : [template];
        if (roleUnderTest == ConnectionRole.Server)
        {
            _underTest.Receive(Heads.Request(more: more));
            Assert.IsType<Request>(Assert.Single(_underTest.ReadAll()));
            Handshake = System.Text.Encoding.Latin1.GetString(_underTest.Send(new AcceptConnection { Extensions = templates }));
        }
        else
        {
            Handshake = System.Text.Encoding.Latin1.GetString(
                _underTest.Send(new Request("example.com", "/chat") { Extensions = templates }));
            _underTest.Receive(Heads.Response(more: more));
            Assert.IsType<AcceptConnection>(Assert.Single(_underTest.ReadAll()));
        }
    }

    /// <summary>The role of the end under test.</summary>
    public ConnectionRole Role { get; }

    /// <summary>The head that the end under test wrote.</summary>
    public string Handshake { get; }

    /// <summary>Sends frames, each on its own.</summary>
    public void Send(params IEnumerable<SuiteFrame> frames)
    {
        foreach (SuiteFrame frame in frames)
            SendOctets(frame.BytesFor(Role));
    }

    /// <summary>Sends frames in one piece.</summary>
    public void SendAtOnce(params IEnumerable<SuiteFrame> frames) => SendOctets(Wire.Concat(frames.Select(frame => frame.BytesFor(Role))));

    /// <summary>Sends frames in pieces of some octets.</summary>
    public void SendInChops(int size, params IEnumerable<SuiteFrame> frames)
    {
        foreach (byte[] chop in Wire.Concat(frames.Select(frame => frame.BytesFor(Role))).Chunk(size))
            SendOctets(chop);
    }

    /// <summary>Sends octets, and lets the other end answer.</summary>
    public void SendOctets(ReadOnlySpan<byte> octets)
    {
        _underTest.Receive(octets);
        foreach (WsEvent e in _underTest.ReadEvents())
            Answer(e);
        _replies.AddRange(WireFrame.ReadAll(_output.WrittenSpan.ToArray()).Select(Unmasked));
        _output.ResetWrittenCount();
    }

    /// <summary>Wants these frames to have come since the last look, and no others.</summary>
    public void Receives(params SuiteFrame[] frames)
    {
        Assert.Equal(frames, Take());
        Assert.Equal(ConnectionState.Open, _underTest.State);
    }

    /// <summary>Wants nothing to have come.</summary>
    public void ReceivesNothing() => Receives();

    /// <summary>All that has come since the last look.</summary>
    public List<SuiteFrame> Take()
    {
        List<SuiteFrame> taken = [.. _replies];
        _replies.Clear();
        return taken;
    }

    /// <summary>"Clean close with normal code", begun by this end.</summary>
    public void ClosesCleanly()
    {
        Send(SuiteFrame.Close());
        WasClosed();
    }

    /// <summary>Wants frames, then the Close that answers ours, and no more after it.</summary>
    /// <param name="code">Its code; null for none.</param>
    /// <param name="reason">Its reason.</param>
    /// <param name="before">The frames.</param>
    public void WasClosed(int? code = 1000, string reason = "", params SuiteFrame[] before)
    {
        Assert.Equal([.. before, SuiteFrame.Close(code, reason)], Take());
        IsOver();
    }

    /// <summary>Wants frames, then the Close that fails the connection, and no more after it.</summary>
    public void WasFailed(CloseCode code, params SuiteFrame[] before)
    {
        List<SuiteFrame> replies = Take();
        Assert.Equal(before, replies.Take(before.Length));
        SuiteFrame close = Assert.Single(replies.Skip(before.Length));
        Assert.Equal((Opcode.Close, true, 0), (close.Opcode, close.Fin, close.Rsv));
        Assert.Equal((int)code, (close.Payload[0] << 8) | close.Payload[1]);
        Assert.NotEmpty(Wire.Utf8(System.Text.Encoding.UTF8.GetString(close.Payload.AsSpan(2))));
        IsOver();
    }

    public void Dispose() => _underTest.Dispose();

    private void IsOver()
    {
        Assert.Equal(ConnectionState.Closed, _underTest.State);
        Send(SuiteFrame.Ping("late"), SuiteFrame.Text("late"), SuiteFrame.Close());
        Assert.Empty(Take());
    }

    private void Answer(WsEvent e)
    {
        switch (e)
        {
            case TextMessage or BytesMessage:
                _underTest.Send(e, _output);
                break;
            case Ping ping:
                _underTest.Send(ping.Response(), _output);
                break;
            case CloseConnection close when _underTest.State == ConnectionState.RemoteClosing:
                _underTest.Send(close.Response(), _output);
                break;
        }
    }

    /// <summary>"A client MUST mask all frames", "a server MUST NOT" (§5.1).</summary>
    private SuiteFrame Unmasked(WireFrame frame)
    {
        Assert.Equal(Role == ConnectionRole.Client, frame.Key is not null);
        return new SuiteFrame(frame.Opcode, frame.Payload, frame.Fin, frame.Reserved);
    }
}
