using System.Text;

namespace WsProto.EngineIO.Tests;

/// <summary>The client's end of a request, and of the WebSocket that comes of it.</summary>
internal sealed class Exchange(EngineIORequest request)
{
    public EngineIORequest Request { get; } = request;

    /// <summary>The session that it was given to.</summary>
    public EngineIOSession? Session { get; set; }

    public bool NeedsDecision { get; set; }

    /// <summary>The answer; null if there is none yet.</summary>
    public AnswerRequest? Answer { get; private set; }

    public AcceptWebSocket? Acceptance { get; private set; }

    public bool IsAccepted => Acceptance is not null;

    /// <summary>What came over the WebSocket, with whether it is binary.</summary>
    public List<(byte[] Data, bool IsBinary)> Messages { get; } = [];

    public IReadOnlyList<string> Texts => [.. Messages.Select(message => Encoding.UTF8.GetString(message.Data))];

    public ushort? CloseCode { get; private set; }

    /// <summary>Whether the client has left.</summary>
    public bool IsLost { get; set; }

    /// <summary>Whether nobody waits for anything here.</summary>
    public bool IsOver => IsLost || Answer is not null || CloseCode is not null || NeedsDecision;

    public string Body => Encoding.UTF8.GetString(Answer!.Body.Span);

    /// <summary>Wants an answer.</summary>
    public void Is(int status, string body)
    {
        Assert.NotNull(Answer);
        Assert.Equal((status, body), (Answer.Status, Body));
    }

    /// <summary>Wants a refusal, as the reference server writes it.</summary>
    public void IsRefused(int status, int code, string message, EngineIOError error)
    {
        Is(status, $$"""{"code":{{code}},"message":"{{message}}"}""");
        Assert.Equal(error, Answer!.Error);
        Assert.Equal("application/json", Header("Content-Type"));
    }

    /// <summary>The only header of this name; null if there is none.</summary>
    public string? Header(string name) =>
        (Answer?.Headers ?? Acceptance!.Headers).SingleOrDefault(
            header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    public void Respond(AnswerRequest answer)
    {
        Assert.Null(Answer);
        Assert.Null(Acceptance);
        Answer = answer;
    }

    public void Accept(AcceptWebSocket accept)
    {
        Assert.Null(Answer);
        Assert.Null(Acceptance);
        Acceptance = accept;
    }

    public void Receive(SendWebSocketMessage message)
    {
        Assert.NotNull(Acceptance);
        Assert.Null(CloseCode);
        Messages.Add((message.Data.ToArray(), message.IsBinary));
    }

    public void Close(CloseWebSocket close)
    {
        Assert.NotNull(Acceptance);
        Assert.Null(CloseCode);
        CloseCode = close.Code;
    }
}
