// Sessions of WsProto.Adapters, each example in a file of its own. All of them, or one:
//
//   dotnet run --project examples/Sessions
//   dotnet run --project examples/Sessions -- chat

Dictionary<string, Func<Task>> examples = new()
{
    ["echo"] = EchoServer.RunAsync,
    ["chat"] = () => Chat.RunAsync(Console.Out),
    ["requests"] = () => Requests.RunAsync(Console.Out),
    ["reconnecting"] = () => Reconnecting.RunAsync(Console.Out),
    ["streaming"] = () => Streaming.RunAsync(Console.Out),
    ["unix"] = UnixSocket.RunAsync,
    ["memory"] = InMemory.RunAsync,
    ["transport"] = OwnTransport.RunAsync,
};

string[] chosen = args.Length == 0 ? [.. examples.Keys] : args;
if (chosen.Any(name => !examples.ContainsKey(name)))
{
    await Console.Error.WriteLineAsync($"Usage: Sessions [{string.Join(" | ", examples.Keys)}]");
    return 2;
}

foreach (string name in chosen)
{
    Console.WriteLine($"-- {name}");
    await examples[name]();
}

return 0;
