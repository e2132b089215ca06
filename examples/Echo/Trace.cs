using System.Text;
using WsProto;

/// <summary>Prints each event with the state after it.</summary>
internal sealed class Trace(string name)
{
    public void Sent(WsEvent e, ConnectionState state) => Print("sends", e, state);

    public void Received(WsEvent e, ConnectionState state) => Print("reads", e, state);

    public void Say(string text) => Console.WriteLine($"{name,-7} {text}");

    private void Print(string verb, WsEvent e, ConnectionState state) => Say($"{verb}  {Describe(e),-58} {state}");

    private static string Describe(WsEvent e) => e switch
    {
        Request request => $"Request {request.Target} on {request.Host}",
        AcceptConnection => "AcceptConnection",
        TextMessage text => $"TextMessage \"{text.Data}\"{(text.MessageFinished ? "" : ", to be continued")}",
        BytesMessage bytes => $"BytesMessage {Convert.ToHexString(bytes.Data.Span)}",
        Ping ping => $"Ping \"{Encoding.UTF8.GetString(ping.Payload.Span)}\"",
        Pong pong => $"Pong \"{Encoding.UTF8.GetString(pong.Payload.Span)}\"",
        CloseConnection close => $"CloseConnection {(int)close.Code} {close.Reason}",
        _ => e.ToString(),
    };
}
