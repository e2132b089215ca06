namespace WsProto.Cli.Tests.Captures;

/// <summary>Captures that are whole.</summary>
internal static class Recording
{
    /// <summary>A client sends a message and gets it back.</summary>
    internal static byte[] OfEcho(string text)
    {
        using var exchange = new Exchange();
        var capture = new CaptureBuilder();
        var talk = new TcpTalk(capture);
        talk.Open();
        talk.Client(exchange.Request);
        talk.Server(exchange.Response);
        talk.Client(exchange.Client(text));
        talk.Server(exchange.Server(text));
        return capture.Pcap();
    }
}
