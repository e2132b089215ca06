// A small protocol on top of WsProto: either end asks, the other answers, in any order. "3?text" is question 3, "3!text" its answer.
// Like the core it does no I/O: events in, events out.

using System.Globalization;
using WsProto;

namespace Dialogues;

/// <summary>One end of a dialogue.</summary>
/// <param name="connection">The connection that it is held on.</param>
/// <param name="answer">What this end answers to a question.</param>
internal sealed class Dialogue(WsConnection connection, Func<string, string> answer)
{
    private readonly Dictionary<int, Action<string?>> _open = [];
    private int _asked;

    /// <summary>How many questions wait for their answers.</summary>
    public int Open => _open.Count;

    /// <summary>The message that asks. The callback gets the answer, or null when there will never be one.</summary>
    public TextMessage Ask(string question, Action<string?> answered)
    {
        _open.Add(++_asked, answered);
        return new TextMessage($"{_asked}?{question}");
    }

    /// <summary>Takes an event of the connection, and gives those to send.</summary>
    public IEnumerable<WsEvent> Receive(WsEvent e) => e switch
    {
        CloseConnection close => End(close),
        _ when connection.State != ConnectionState.Open => [],
        TextMessage text => Receive(text.Data),
        BytesMessage => [Fail(CloseCode.UnsupportedData)],
        Ping ping => [ping.Response()],
        _ => [],
    };

    private WsEvent[] Receive(string text)
    {
        int mark = text.AsSpan().IndexOfAny('?', '!');
        if (mark < 0 || !int.TryParse(text.AsSpan(0, mark), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            return [Fail(CloseCode.PolicyViolation)];
        if (text[mark] == '?')
            return [new TextMessage($"{number}!{answer(text[(mark + 1)..])}")];
        if (!_open.Remove(number, out Action<string?>? answered))
            return [Fail(CloseCode.PolicyViolation)];
        answered(text[(mark + 1)..]);
        return [];
    }

    private WsEvent[] End(CloseConnection close)
    {
        Forget();
        return connection.State == ConnectionState.RemoteClosing ? [close.Response()] : [];
    }

    private CloseConnection Fail(CloseCode code)
    {
        Forget();
        return new CloseConnection(code);
    }

    private void Forget()
    {
        foreach (Action<string?> answered in _open.Values)
            answered(null);
        _open.Clear();
    }
}
