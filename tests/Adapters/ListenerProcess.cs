using System.Diagnostics;
using System.Globalization;

namespace WsProto.Adapters.Tests;

/// <summary>This assembly as a program: what a test wants done in a process of its own.</summary>
internal static class ListenerProcess
{
    internal static Process Start(string role, params int[] numbers)
    {
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH")
            ?? (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet");
        IEnumerable<string> arguments = numbers.Select(number => number.ToString(CultureInfo.InvariantCulture));
        return Process.Start(new ProcessStartInfo(host, ["exec", typeof(ListenerProcess).Assembly.Location, role, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }

    private static async Task<int> Main(string[] arguments)
    {
        if (arguments is ["races", ..])
            return Races.Program.Run(arguments);
        if (arguments is ["simulate", ..])
            return Simulation.Program.Run(arguments);
        int[] numbers = [.. arguments[1..].Select(argument => int.Parse(argument, CultureInfo.InvariantCulture))];
        if (arguments[0] == "crowd")
            ListenerCrowd.Run(numbers[0], numbers[1], numbers[2]);
        else if (arguments[0] == "stop")
            await ListenerStop.RunAsync();
        else
            await ListenerUnobserved.RunAsync();
        return 0;
    }
}
