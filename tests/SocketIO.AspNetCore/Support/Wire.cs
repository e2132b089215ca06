using System.Net;
using System.Text;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;

namespace WsProto.SocketIO.AspNetCore.Tests.Support;

/// <summary>A connection of HTTP/1.1 on which a test writes what it likes.</summary>
internal sealed class Wire(App app) : IAsyncDisposable
{
    private readonly WsTransport _transport = app.Server.Connect(HttpVersion.Version11);
    private readonly StringBuilder _read = new();
    private readonly byte[] _buffer = new byte[4096];

    internal ValueTask SendAsync(string text) => _transport.WriteAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Reads until a text has come, and takes all up to its end.</summary>
    internal async Task<string> UntilAsync(string end)
    {
        while (true)
        {
            string read = _read.ToString();
            int position = read.IndexOf(end, StringComparison.Ordinal);
            if (position >= 0)
            {
                _read.Remove(0, position + end.Length);
                return read[..(position + end.Length)];
            }

            int count = await _transport.ReadAsync(_buffer).Soon();
            Assert.True(count > 0, $"The connection ended after: {read}");
            _read.Append(Encoding.UTF8.GetString(_buffer, 0, count));
        }
    }

    /// <summary>Reads the first line of an answer; empty where the connection ends without one.</summary>
    internal async Task<string> AnswerAsync()
    {
        int count = await _transport.ReadAsync(_buffer).Soon();
        return Encoding.UTF8.GetString(_buffer, 0, count).Split('\r')[0];
    }

    public ValueTask DisposeAsync() => _transport.DisposeAsync();
}
