using System.Diagnostics;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;
using WsProto.Tests.House;

namespace WsProto.AspNetCore.Tests;

/// <summary>The smallest server, as its reader starts it.</summary>
[Trait("Gate", "Whole")]
public class SmallestTests
{
    private const string Listening = "Now listening on: ";

    [Fact]
    [Trait("Demand", "A01")]
    public async Task Smallest_server_has_six_lines_and_echoes()
    {
        string file = Repository.PathOf("examples/Smallest/app.cs");
        Assert.True((await File.ReadAllLinesAsync(file)).Length <= 6);
        using var process = Process.Start(
            new ProcessStartInfo("dotnet", ["run", file, "--", "--urls", "http://127.0.0.1:0"]) { RedirectStandardOutput = true })!;
        try
        {
            string? line;
            do
                line = await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(2));
            while (line?.Contains(Listening, StringComparison.Ordinal) == false);
            Assert.NotNull(line);
            var uri = new UriBuilder(line.Split(Listening)[1]) { Scheme = "ws" };
            await using WsSession session = await WsClient.ConnectAsync(uri.Uri);
            await session.SendTextAsync("Hello");
            Assert.Equal("Hello", Assert.IsType<TextMessage>(await session.ReceiveAsync().Soon()).Data);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }
    }
}
