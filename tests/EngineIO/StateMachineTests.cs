using System.Runtime.CompilerServices;

namespace WsProto.EngineIO.Tests;

/// <summary>What holds for the table as a whole, and for the other tables.</summary>
public class StateMachineTests
{
    private static readonly SessionState[] _states = Enum.GetValues<SessionState>();

    [Fact]
    public void Closed_is_left_by_nothing() => Assert.DoesNotContain(StateMachine.Rows(), row => row.From == SessionState.Closed);

    [Fact]
    public void Every_state_can_end() =>
        Assert.Equal(
            _states.Where(state => state != SessionState.Closed),
            StateMachine.Rows().Where(row => row is { Trigger: Trigger.End, To: SessionState.Closed }).Select(row => row.From));

    [Fact]
    public void Every_state_is_reached()
    {
        HashSet<SessionState> reached = [SessionState.Opening];
        for (int i = 0; i < _states.Length; i++)
            reached.UnionWith(StateMachine.Rows().Where(row => reached.Contains(row.From)).Select(row => row.To));
        Assert.Equal(_states, reached.Order());
    }

    [Fact]
    public void Every_trigger_moves_something() =>
        Assert.Equal(Enum.GetValues<Trigger>(), StateMachine.Rows().Select(row => row.Trigger).Distinct().Order());

    [Fact]
    public void Session_that_is_over_was_open_once_and_never_opens_again()
    {
        Assert.All(
            StateMachine.Rows().Where(row => !StateMachine.IsOpen(row.From) && row.From != SessionState.Opening),
            row => Assert.False(StateMachine.IsOpen(row.To)));
        Assert.Equal(
            [SessionState.Polling, SessionState.Probing, SessionState.Upgrading, SessionState.WebSocket],
            _states.Where(StateMachine.IsOpen));
    }

    [Fact]
    public void Probe_is_what_all_that_poll_may_have()
    {
        Assert.Equal(
            [SessionState.Polling, SessionState.Probing, SessionState.Upgrading, SessionState.Closing, SessionState.ClosingUpgrade],
            _states.Where(StateMachine.Polls));
        Assert.All(
            StateMachine.Rows().Where(row => row.Trigger == Trigger.LoseProbe),
            row => Assert.True(StateMachine.Polls(row.From) && StateMachine.Polls(row.To)));
    }

    [Fact]
    public void Every_error_has_an_answer_or_an_end_and_a_sentence()
    {
        Assert.All(Enum.GetValues<EngineIOError>(), error =>
        {
            ErrorOutcome outcome = EngineIOErrors.Of(error);
            Assert.True(outcome.Status is not null || outcome.Ends is not null);
            Assert.EndsWith(".", outcome.Description, StringComparison.Ordinal);
        });
        Assert.Throws<SwitchExpressionException>(() => EngineIOErrors.Of((EngineIOError)(-1)));
    }

    [Fact]
    public void Every_reason_has_words_and_a_code()
    {
        Assert.Throws<SwitchExpressionException>(() => ((CloseReason)(-1)).ToProtocolText());
        Assert.Throws<SwitchExpressionException>(() => ((CloseReason)(-1)).WebSocketCode());
    }
}
