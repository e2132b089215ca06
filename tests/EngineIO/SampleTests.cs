using System.Text;

namespace WsProto.EngineIO.Tests;

public class SampleTests
{
    [Fact]
    public void Sample_echoes()
    {
        var host = new Host();
        host.OnRequest(MemoryHost.Request("GET", "EIO=4&transport=polling"), TimeSpan.Zero);
        string id = host.Lines[0].Split('"')[3];
        host.OnRequest(MemoryHost.Request("POST", "transport=polling&sid=nobody"), TimeSpan.Zero);

        EngineIORequest socket = new() { Method = "GET", QueryString = "EIO=4&transport=websocket", IsWebSocket = true };
        host.OnRequest(socket, TimeSpan.Zero);
        EngineIOSession session = host.Session(id);
        EngineIORequest post = MemoryHost.Request("POST", "transport=polling&sid=" + id);
        host.OnRequest(post, TimeSpan.Zero);
        host.OnBody(session, post, "4a\u001ebAQ=="u8.ToArray(), TimeSpan.Zero);
        host.OnRequest(MemoryHost.Request("GET", "transport=polling&sid=" + id), TimeSpan.Zero);
        host.OnTimer(TimeSpan.FromSeconds(30)); // the WebSocket never opened
        Assert.Equal(
            ["""400 {"code":1,"message":"Session ID unknown"}""", "accept", "200 ok", "200 4a\u001ebAQ==", "close 1000"],
            host.Lines.Skip(1));
        Assert.NotNull(host.Timer);
    }

    private sealed class Host : SampleHost
    {
        public List<string> Lines { get; } = [];

        public TimeSpan? Timer { get; private set; }

        public EngineIOSession Session(string id) => Server.Find(id)!;

        protected override void Write(
            EngineIORequest request, int status, IReadOnlyList<KeyValuePair<string, string>> headers, ReadOnlyMemory<byte> body) =>
            Lines.Add($"{status} {Encoding.UTF8.GetString(body.Span)}");

        protected override void Accept(EngineIORequest webSocket, IReadOnlyList<KeyValuePair<string, string>> headers) =>
            Lines.Add("accept");

        protected override void Write(EngineIORequest webSocket, ReadOnlyMemory<byte> message, bool isBinary) => Lines.Add("message");

        protected override void Close(EngineIORequest webSocket, ushort code) => Lines.Add($"close {code}");

        protected override void SetTimer(TimeSpan? at) => Timer = at;
    }
}
