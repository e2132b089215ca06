using WsProto.Cli;

return await CommandLine.RunAsync(args, Terminal.OfProcess());
