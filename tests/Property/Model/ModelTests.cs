using System.Globalization;
using Xunit.Abstractions;

namespace WsProto.Tests.Model;

/// <summary>Everything that two ends and two wires can do, in every order. See README.md of this project.</summary>
[Trait("RFC", "6455 §7")]
public class ModelTests(ITestOutputHelper output)
{
    /// <summary>Packets that a wire holds.</summary>
    private const int Capacity = 2;

    private static readonly Deed[] _wires = [Deed.Deliver, Deed.EndOfStream, Deed.Violate];

    /// <summary>
    /// Explored once for all tests; the test that comes first pays for it. One end cuts its texts into fragments, the other its bytes.
    /// </summary>
    private static readonly Lazy<Exploration> _connected = new(() =>
    {
        Deed[] both = [Deed.Text, Deed.Bytes, Deed.Ping, Deed.Pong, Deed.Close, .. _wires];
        return new Exploration(
            World.Established, new Oracle(Stage.Talking), Steps([Deed.TextPart, .. both], [Deed.BytesPart, .. both]), Capacity)
            .Run();
    });

    private static readonly Lazy<Exploration> _connecting = new(() =>
    {
        Deed[] server = [Deed.Accept, Deed.Reject, Deed.RejectHead, Deed.RejectPart, Deed.RejectEnd, Deed.Text, Deed.Close, .. _wires];
        return new Exploration(
            World.Connecting, new Oracle(Stage.Begun), Steps([Deed.Request, Deed.Text, Deed.Close, .. _wires], server), Capacity)
            .Run();
    });

    /// <summary>What no sequence of steps can try, and why.</summary>
    private static readonly (ConnectionState State, Trigger Trigger, string Reason)[] _unreachable =
    [
        (ConnectionState.Connecting, Trigger.ContinueMessage, "a message is begun in Open only"),
        (ConnectionState.Rejecting, Trigger.ContinueMessage, "a message is begun in Open only"),
    ];

    [Fact]
    [Trait("MUST", "5.5.1-4")]
    [Trait("MUST", "5.5.1-5")]
    [Trait("MUST", "6.1-2")]
    [Trait("MUST", "6.1-3")]
    [Trait("MUST", "7.1.7-3")]
    public void Two_ends_do_what_the_RFC_says_in_every_order_of_steps() => Show(_connected.Value);

    [Fact]
    [Trait("MUST", "4.1-31")]
    public void Two_ends_connect_or_not_as_the_RFC_says_in_every_order_of_steps() => Show(_connecting.Value);

    [Fact]
    public void Every_row_of_the_state_machine_is_used()
    {
        (ConnectionState, Trigger)[] used = [.. _connected.Value.Visits.Used.Union(_connecting.Value.Visits.Used).Order()];
        Assert.Equal([.. StateMachine.Rows().Select(row => (row.From, row.Trigger)).Order()], used);
    }

    [Fact]
    public void Every_send_without_a_row_is_refused()
    {
        var rows = StateMachine.Rows().Select(row => (row.From, row.Trigger)).ToHashSet();
        (ConnectionState, Trigger)[] missing =
        [
            .. from state in Enum.GetValues<ConnectionState>()
               from trigger in Enum.GetValues<Trigger>()
               where trigger <= Trigger.SendClose && !rows.Contains((state, trigger))
               orderby (state, trigger)
               select (state, trigger),
        ];
        // A row may exist for one role only, so some that have one are refused too.
        var refused = _connected.Value.Visits.Refused.Union(_connecting.Value.Visits.Refused).ToHashSet();
        Assert.Equal(_unreachable.Select(pair => (pair.State, pair.Trigger)), missing.Where(pair => !refused.Contains(pair)));
        Assert.All(_unreachable, pair => Assert.NotEmpty(pair.Reason));
    }

    private static IEnumerable<Step> Steps(Deed[] client, Deed[] server) =>
        client.Select(deed => new Step(ConnectionRole.Client, deed)).Concat(server.Select(deed => new Step(ConnectionRole.Server, deed)));

    private void Show(Exploration exploration) => output.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{exploration.Worlds} worlds, {exploration.Steps} steps between them, up to {exploration.Depth} from the beginning"));
}
