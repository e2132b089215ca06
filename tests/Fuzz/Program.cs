using WsProto.Fuzz;
using WsProto.Fuzz.Driver;

// Who starts us under a fuzzer sets these; the first argument is the target.
if (args is [var name, ..] && Target.Find(name) is { } target)
{
    var behaviour = new Behaviour();
    void Run(ReadOnlySpan<byte> input)
    {
        behaviour.Clear();
        target.Run(input, behaviour);
    }

    if (Environment.GetEnvironmentVariable("__LIBFUZZER_SHM_ID") is not null)
    {
        SharpFuzz.Fuzzer.LibFuzzer.Run(Run);
        return 0;
    }

    if (Environment.GetEnvironmentVariable("__AFL_SHM_ID") is not null)
    {
        SharpFuzz.Fuzzer.OutOfProcess.Run(stream =>
        {
            using var input = new MemoryStream();
            stream.CopyTo(input);
            Run(input.GetBuffer().AsSpan(0, (int)input.Length));
        });
        return 0;
    }
}
return CommandLine.Run(args);
