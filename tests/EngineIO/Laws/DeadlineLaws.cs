using WsProto.Testing;

namespace WsProto.EngineIO.Tests.Laws;

public class DeadlineLaws
{
    [Fact]
    public void Queue_gives_out_what_a_sorted_list_would() =>
        Law.Holds(Schedule.Of(3, 200), 1_000, schedule =>
        {
            var answers = new Answers(new());
            EngineIOSession[] sessions =
            [
                .. Enumerable.Range(0, 10)
                    .Select(i => new EngineIOSession($"{i}", MemoryHost.Request("GET", ""), answers, new(), [], default)),
            ];
            var queue = new DeadlineQueue();
            Dictionary<EngineIOSession, TimeSpan> model = [];
            for (int i = 0; i < schedule.Steps.Count; i++)
            {
                EngineIOSession session = sessions[schedule.Steps[i].Argument];
                var deadline = TimeSpan.FromSeconds(i * 7919 % 101);
                switch (schedule.Steps[i].Action)
                {
                    case 0:
                        queue.Set(session, deadline);
                        model[session] = deadline;
                        break;
                    case 1:
                        queue.Remove(session);
                        model.Remove(session);
                        break;
                    case 2 when model.Count > 0:
                        Take(queue, model);
                        break;
                }

                Assert.Equal(model.Count, queue.Count);
                Assert.Equal(model.Count == 0 ? null : model.Values.Min(), queue.Next);
            }

            while (model.Count > 0)
                Take(queue, model);
            Assert.Equal(0, queue.Count);
        });

    private static void Take(DeadlineQueue queue, Dictionary<EngineIOSession, TimeSpan> model)
    {
        TimeSpan earliest = model.Values.Min();
        Assert.True(model.Remove(queue.Take(), out TimeSpan deadline));
        Assert.Equal(earliest, deadline);
    }
}
