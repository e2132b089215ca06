using System.Collections;
using static WsProto.Tests.Handshake.Handshakes;

namespace WsProto.Tests.Handshake;

[Trait("RFC", "9110 §5")]
public class HeaderListTests
{
    private static readonly HeaderList _cookies = [("Set-Cookie", "a=1"), ("X-Foo", "bar"), ("set-cookie", "b=2")];

    [Fact]
    public void Order_duplicates_and_spelling_are_kept()
    {
        Assert.Equal(3, _cookies.Count);
        Assert.Equal(new HeaderField("set-cookie", "b=2"), _cookies[2]);
        Assert.Equal([new("Set-Cookie", "a=1"), new("X-Foo", "bar"), new("set-cookie", "b=2")], _cookies.ToArray());
        var names = new List<string>();
        foreach (object? field in (IEnumerable)_cookies)
            names.Add(Assert.IsType<HeaderField>(field).Name);
        Assert.Equal(["Set-Cookie", "X-Foo", "set-cookie"], names);
        Assert.Throws<IndexOutOfRangeException>(() => _cookies[3]);
    }

    [Fact]
    public void Names_are_looked_up_without_regard_to_case_and_the_first_of_several_lines_is_the_value()
    {
        Assert.Equal("a=1", _cookies["SET-COOKIE"]);
        Assert.Equal("bar", _cookies["x-foo"]);
        Assert.Null(_cookies["x-fo"]);
        Assert.Equal(["a=1", "b=2"], _cookies.GetValues("sEt-cOOkie"));
        Assert.Empty(_cookies.GetValues("other"));
        Assert.True(_cookies.Contains("X-FOO"));
        Assert.False(_cookies.Contains("X"));
        Assert.Equal("", new HeaderList[] { [("A", "")] }[0]["a"]);
    }

    [Fact]
    [Trait("RFC", "9110 §5.3")]
    public void Lines_are_joined_only_where_it_is_asked_for()
    {
        HeaderList lists = [("Accept", "a, b"), ("X", "y"), ("accept", ""), ("ACCEPT", "c")];
        Assert.Equal("a, b, , c", lists.GetCombinedValue("aCCEPT"));
        Assert.Equal("y", lists.GetCombinedValue("x"));
        Assert.Null(lists.GetCombinedValue("Accep"));
        HeaderList empty = [("A", "")];
        Assert.Equal("", empty.GetCombinedValue("a"));
    }

    [Fact]
    public void Adding_setting_and_leaving_out_make_new_lists()
    {
        Assert.Equal([("Set-Cookie", "a=1"), ("X-Foo", "bar"), ("set-cookie", "b=2"), ("x-foo", "baz")], _cookies.Add("x-foo", "baz"));
        Assert.Equal([("X-Foo", "bar"), ("SET-COOKIE", "c=3")], _cookies.Set("SET-COOKIE", "c=3"));
        Assert.Equal([("Set-Cookie", "a=1"), ("X-Foo", "bar"), ("set-cookie", "b=2"), ("New", "n")], _cookies.Set("New", "n"));
        Assert.Equal([("X-Foo", "bar")], _cookies.Without("set-COOKIE"));
        Assert.Equal([], _cookies.Without("x-foo", "set-cookie"));
        Assert.Equal(_cookies, _cookies.Without("other"));
        Assert.Equal(3, _cookies.Count);
    }

    [Fact]
    public void Lists_are_equal_by_content()
    {
        HeaderList same = [("Set-Cookie", "a=1"), ("X-Foo", "bar"), ("set-cookie", "b=2")];
        Assert.True(_cookies.Equals(same));
        Assert.True(_cookies.Equals((object)same));
        Assert.Equal(_cookies.GetHashCode(), same.GetHashCode());
        HeaderList[] others =
        [
            [], same.Add("a", "b"), [("X-Foo", "bar"), ("Set-Cookie", "a=1"), ("set-cookie", "b=2")],
            [("set-cookie", "a=1"), ("X-Foo", "bar"), ("set-cookie", "b=2")],
            [("Set-Cookie", "a=2"), ("X-Foo", "bar"), ("set-cookie", "b=2")],
        ];
        Assert.All(others, other => Assert.False(_cookies.Equals(other)));
        Assert.All(others, other => Assert.NotEqual(_cookies.GetHashCode(), other.GetHashCode()));
        Assert.False(_cookies.Equals(null));
        Assert.False(_cookies.Equals((object)"Set-Cookie"));
    }

    [Fact]
    public void Collection_expressions_copy_what_they_are_given()
    {
        HeaderList none = [];
        Assert.Same(HeaderList.Empty, none);
        HeaderField[] fields = [("A", "1"), ("B", "2")];
        HeaderList list = [.. fields, ("C", "3")];
        var created = HeaderList.Create(fields);
        fields[0] = ("Z", "9");
        Assert.Equal([("A", "1"), ("B", "2"), ("C", "3")], list);
        Assert.Equal([("A", "1"), ("B", "2")], created);
        Assert.Equal(HeaderField.FromValueTuple(("A", "1")), created[0]);
    }

    [Fact]
    public void Every_byte_that_a_value_may_hold_crosses_in_both_directions_as_it_is()
    {
        string all =
            "a" + string.Concat(Enumerable.Range(0, 256).Where(b => b is '\t' or (>= ' ' and not 0x7F)).Select(b => (char)b)) + "z";
        HeaderList headers = [("X-All", all), ("x-all", "again")];
        using WsConnection client = NewClient();
        using WsConnection server = Server();
        byte[] request = client.Send(new Request("h", "/") { ExtraHeaders = headers });
        Assert.Contains(Convert.ToHexString(Wire.Latin1(all)), Convert.ToHexString(request), StringComparison.Ordinal);
        Request read = Assert.IsType<Request>(Assert.Single(server.Read(request)));
        Assert.Equal(headers, read.ExtraHeaders.Without("Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"));
        Assert.Equal(
            [new AcceptConnection { ExtraHeaders = headers }],
            client.Read(server.Send(new AcceptConnection { ExtraHeaders = headers })));
    }
}
