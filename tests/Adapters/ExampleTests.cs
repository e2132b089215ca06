using System.Globalization;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

/// <summary>The examples do what they say.</summary>
public sealed class ExampleTests
{
    [Fact]
    public Task Chat_goes_on_when_a_member_leaves() => AssertPrintsAsync(
        Chat.RunAsync,
        "Ann hears Ann: Is anybody there?",
        "Ann hears Bob: I am., by chat.v1",
        "Bob hears Bob: I am.",
        "Ann hears Ann: Bob?");

    [Fact]
    public Task Requests_are_answered() => AssertPrintsAsync(Requests.RunAsync, "health: well", "refused, use Bearer", "Welcome, ann.");

    [Fact]
    public Task Reconnecting_client_subscribes_again() => AssertPrintsAsync(
        Reconnecting.RunAsync,
        "Connecting", "Connected", "1: subscribe", "Waiting ServiceRestart",
        "Connecting", "Connected", "2: subscribe", "Waiting ServiceRestart",
        "Connecting", "Connected", "3: subscribe", "Stopped NormalClosure");

    /// <summary>The hashes are those that <c>sha256sum</c> gives.</summary>
    [Fact]
    public Task Message_larger_than_the_limits_is_hashed_while_it_arrives() => AssertPrintsAsync(
        Streaming.RunAsync,
        "100 MiB: 20492a4d0d84f8beb1767f6616229f85d44c2827b64bdbfb260ee12fa1109e0e",
        "small: 81db8ebbbbc69c6c6ad4a6aa92b76e0c08af547da236b9e2c9dbe1d8285a8130");

    /// <summary>Lines of two threads may change places, so each is wanted once and the last in its place.</summary>
    private static async Task AssertPrintsAsync(Func<TextWriter, Task> example, params string[] lines)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        await example(TextWriter.Synchronized(text)).Soon();
        string[] printed = text.ToString().Split(text.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(lines.Order(), printed.Order());
    }
}
