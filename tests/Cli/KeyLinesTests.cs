using System.Text;
using WsProto.Cli.Connect;

namespace WsProto.Cli.Tests;

public sealed class KeyLinesTests
{
    [Theory]
    [InlineData("one\ntwo\r", "one|two", "one\r\ntwo\r\n")]
    [InlineData("ab\u007fc\n", "ac", "ab\b \bc\r\n")]
    [InlineData("\u007f\u007fa\n", "a", "a\r\n")]
    [InlineData("a€\u007f\u007f\u007fb\n", "b", "a€\b \b\b \bb\r\n")]
    [InlineData("a\e[Ab\e[1;5Cc\eOPd\exe\n", "abcde", "abcde\r\n")]
    [InlineData("a\u0001\tb\n", "a\tb", "a\tb\r\n")]
    [InlineData("left\u0004no\n", "", "left")]
    public void Keys_make_lines(string keys, string lines, string shown)
    {
        var echo = new List<byte>();
        byte[] octets = Encoding.UTF8.GetBytes(keys);
        byte[][] read = [.. new KeyLines(some => echo.AddRange(some)).Read(new MemoryStream(octets))];
        Assert.Equal(lines, string.Join('|', read.Select(Encoding.UTF8.GetString)));
        Assert.Equal(shown, Encoding.UTF8.GetString([.. echo]));
    }
}
