// dotnet run -c Release --project bench -- --filter '*'
//
// Ours and System.Net.WebSockets in one process, the same work: what counts is the column Ratio, as machines and their load differ.

using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using WsProto.Bench;

switch (args)
{
    case ["quick", .. var words]:
        Quick.Print(words);
        return;
    case ["memory"]:
        DeflateMemory.Print();
        return;
    case ["deflate"]:
        DeflateCpu.Print([1024, 16384]);
        return;
    case ["memory", var index]:
        DeflateMemory.Measure(int.Parse(index, CultureInfo.InvariantCulture));
        return;
    case ["peers"]:
        Peers.Print();
        return;
    case ["growth"]:
        Growth.Print();
        return;
    case ["sessions", .. var sizes]:
        await SessionEcho.CompareAsync(
            SessionEcho.Sockets, rounds: 5, [.. sizes.Select(size => int.Parse(size, CultureInfo.InvariantCulture))]);
        return;
    case ["routes", .. var sizes]:
        await SessionEcho.CompareAsync(
            SessionEcho.Routes, rounds: 5, [.. sizes.Select(size => int.Parse(size, CultureInfo.InvariantCulture))]);
        return;
    case ["idle", .. var servers]:
        await IdleMemory.PrintAsync(servers);
        return;
    case ["socketio", .. var rows]:
        await SocketIOComparison.PrintAsync(rows);
        return;
    case ["scale"]:
        await Scale.PrintAsync();
        return;
    case ["serve", Scale.Server, var redis]:
        await Scale.ServeAsync(redis);
        return;
    case ["serve", var name]:
        await SessionEcho.ServeAsync(name);
        return;
}

IConfig config = DefaultConfig.Instance
    .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithIterationCount(7).WithWarmupCount(4))
    .HideColumns(Column.Error, Column.RatioSD)
    .WithOptions(ConfigOptions.DisableOptimizationsValidator);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
