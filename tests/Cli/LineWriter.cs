using System.Threading.Channels;

namespace WsProto.Cli.Tests;

/// <summary>Lines as they are written.</summary>
internal sealed class LineWriter : StringWriter
{
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

    public override void WriteLine(string? value) => _lines.Writer.TryWrite(value ?? "");

    public override Task WriteLineAsync(string? value)
    {
        WriteLine(value);
        return Task.CompletedTask;
    }

    internal void Complete() => _lines.Writer.Complete();

    internal ValueTask<string> LineAsync(CancellationToken guard) => _lines.Reader.ReadAsync(guard);

    internal async Task<string[]> RestAsync(CancellationToken guard) => await _lines.Reader.ReadAllAsync(guard).ToArrayAsync(guard);
}
