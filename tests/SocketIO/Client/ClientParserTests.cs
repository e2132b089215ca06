using System.Text;

namespace WsProto.SocketIO.Tests.Client;

/// <summary>A client whose packets have another form than the protocol's own.</summary>
public class ClientParserTests
{
    private readonly Bench _bench = new(parser: new LineParser());

    private IEnumerable<string> Sent => _bench.Sent.Select(hex => Encoding.UTF8.GetString(Convert.FromHexString(hex)));

    [Fact]
    public void Client_goes_through_its_life_in_the_form_of_a_parser()
    {
        _bench.Auth = space => space == "/" ? null : new { token = "half \ud83d" };
        _bench.Client.Join("/", _bench.Now);
        _bench.Client.Join("/admin", _bench.Now);
        _bench.Client.Start(_bench.Now);
        _bench.Open();
        Server("0\n/\n\n\n{\"sid\":\"A\",\"pid\":\"P\"}");
        Server("4\n/admin\n\n\n{\"message\":\"no\",\"data\":[7]}");
        SocketIOEmit emit = _bench.Call("save");
        _bench.Emit("bytes", default, new byte[] { 1, 2 });
        Server("3\n/\n0\n5:4:0304\n[\"x\",null]");
        Server("2\n/\n5\n\n[\"ask\",1,\"AAAAAAAAAAAAAAAAAAAA.1\"]");
        Server("2\n/\n\n\n[\"e\",\"AAAAAAAAAAAAAAAAAAAA.2\"]");
        _bench.Client.Leave("/", _bench.Now);
        _bench.Settle();
        Assert.Equal(
            [
                "0\n/\n\n\n",
                "0\n/admin\n\n\n{\"token\":\"half \ufffd\"}",
                "2\n/\n0\n\n[\"save\"]",
                "2\n/\n\n9:29:0102\n[\"bytes\",{\"_placeholder\":true,\"num\":0}]",
                "1\n/\n\n\n",
            ],
            Sent);
        Assert.Equal(SocketIOEmitOutcome.Answered, emit.Outcome);
        Assert.Equal([3, 4], emit.Answer!.GetAttachment(1)!.Value.ToArray());
        Assert.Equal(
            [
                "Connecting", "open", "Open", "joined / A", "refused /admin Refused: no [7]", "Sent", "Answered \"x\"",
                "/ ask 1 \"AAAAAAAAAAAAAAAAAAAA.1\"", "/ e", "lost / io client disconnect",
            ],
            _bench.News);
    }

    [Fact]
    public void Client_brings_what_it_has_got_in_the_form_of_a_parser()
    {
        Connect("{\"sid\":\"A\",\"pid\":\"P\"}");
        Server("2\n/\n\n\n[\"e\",\"AAAAAAAAAAAAAAAAAAAA.1\"]");
        Server("2\n/\n\n5:26:0102\n[\"e\",\"0123456789abcdef01234567\"]"); // bytes, whatever stands in their place
        _bench.Lose();
        _bench.Advance(1);
        _bench.Open();
        Assert.Equal("0\n/\n\n\n{\"pid\":\"P\",\"offset\":\"AAAAAAAAAAAAAAAAAAAA.1\"}", Sent.Last());
    }

    [Fact]
    public void Server_that_talks_another_form_loses_its_session_each_time()
    {
        Connect("{\"sid\":\"A\"}");
        for (int attempt = 0; attempt < 2; attempt++)
        {
            _bench.Server("2[\"e\"]");
            Assert.Equal(SocketIOClientState.Waiting, _bench.Client.State);
            _bench.Advance(2);
            _bench.Open();
        }
    }

    private void Connect(string welcome)
    {
        _bench.Client.Join("/", _bench.Now);
        _bench.Client.Start(_bench.Now);
        _bench.Open();
        Server("0\n/\n\n\n" + welcome);
    }

    private void Server(string message) => _bench.ServerBytes(Encoding.UTF8.GetBytes(message));
}
