namespace WsProto.Cli.Tests;

/// <summary>Input that gives what it has, says that it was read, and does not end before it is told.</summary>
internal sealed class OpenInput(string text) : MemoryStream(System.Text.Encoding.UTF8.GetBytes(text))
{
    private readonly TaskCompletionSource _ends = new();

    internal void End() => _ends.TrySetResult();

    public override int Read(Span<byte> buffer)
    {
        int count = base.Read(buffer);
        if (count == 0)
            _ends.Task.Wait();
        return count;
    }
}
