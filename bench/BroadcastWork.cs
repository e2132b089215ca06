using System.Buffers;

namespace WsProto.Bench;

/// <summary>One text of 1 KiB to 1,000 servers: encoded for each, or prepared once. Each method gives the number of connections.</summary>
internal sealed class BroadcastWork
{
    private readonly WsConnection[] _servers;
    private readonly ArrayBufferWriter<byte> _output = new(4096);
    private readonly string _text;

    public BroadcastWork(bool deflate)
    {
        var settings = new PerMessageDeflate { ServerNoContextTakeover = true };
        _servers = [.. Enumerable.Range(0, 1000).Select(_ =>
            WsConnection.Established(ConnectionRole.Server, deflate ? [settings.Accept(settings.Offer()[0])!] : null))];
        _text = System.Text.Encoding.UTF8.GetString(new Traffic(Kind.Ascii, 1024).Messages[0].Payload);
    }

    public int Prepared()
    {
        PreparedMessage message = PreparedMessage.FromText(_text);
        foreach (WsConnection server in _servers)
            server.SendPrepared(message);
        return _servers.Length;
    }

    public int PreparedAndCopied()
    {
        PreparedMessage message = PreparedMessage.FromText(_text);
        foreach (WsConnection server in _servers)
        {
            _output.ResetWrittenCount();
            server.SendPrepared(message, _output);
        }

        return _servers.Length;
    }

    public int Sent()
    {
        foreach (WsConnection server in _servers)
        {
            _output.ResetWrittenCount();
            server.SendText(_text, _output);
        }

        return _servers.Length;
    }
}
