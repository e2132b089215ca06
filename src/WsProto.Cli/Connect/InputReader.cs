// Standard input, read by a thread of its own: nothing ends a read of a terminal or a pipe, and the end of the connection must not wait for
// one. A line is a message at any length, byte for byte; the last needs no line feed.

using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Threading;
using System.Threading.Channels;

namespace WsProto.Cli.Connect;

internal static class InputReader
{
    private const int Chunk = 64 << 10;
    private const int Waiting = 16;

    /// <summary>Begins to read.</summary>
    /// <param name="terminal">What to read.</param>
    /// <param name="isBinary">Whether octets are given as they come, and not lines.</param>
    /// <returns>The pieces; it is completed at the end of input.</returns>
    public static ChannelReader<byte[]> Start(Terminal terminal, bool isBinary)
    {
        var pieces = Channel.CreateBounded<byte[]>(Waiting);
        IEnumerable<byte[]> source = isBinary ? Chunks(terminal.Input) : terminal.IsInputInteractive ? Keys() : Lines(terminal.Input);
        var thread = new Thread(() =>
        {
            try
            {
                foreach (byte[] piece in source)
                    pieces.Writer.WriteAsync(piece).AsTask().GetAwaiter().GetResult();
                pieces.Writer.Complete();
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
            {
                pieces.Writer.TryComplete();
            }
        })
        {
            IsBackground = true,
            Name = "input",
        };
        thread.Start();
        return pieces.Reader;
    }

    /// <summary>Cuts input at line feeds.</summary>
    internal static IEnumerable<byte[]> Lines(Stream input)
    {
        using var line = new MemoryStream();
        foreach (byte[] chunk in Chunks(input))
        {
            int start = 0;
            for (int end; (end = Array.IndexOf(chunk, (byte)'\n', start)) >= 0; start = end + 1)
            {
                line.Write(chunk, start, end - start);
                yield return line.ToArray();
                line.SetLength(0);
            }

            line.Write(chunk, start, chunk.Length - start);
        }

        if (line.Length > 0)
            yield return line.ToArray();
    }

    private static IEnumerable<byte[]> Chunks(Stream input)
    {
        byte[] buffer = new byte[Chunk];
        while (input.Read(buffer) is var count and > 0)
            yield return buffer[..count];
    }

    /// <summary>Lines of a terminal by its keys: a terminal's own lines end at 4,096 octets.</summary>
    private static IEnumerable<byte[]> Keys()
    {
        var line = new StringBuilder();
        while (true)
        {
            ConsoleKeyInfo key = Console.ReadKey(intercept: true);
            switch (key.Key)
            {
                case ConsoleKey.Enter:
                    Console.Error.WriteLine();
                    yield return Encoding.UTF8.GetBytes(line.ToString());
                    line.Clear();
                    break;
                case ConsoleKey.D when key.Modifiers.HasFlag(ConsoleModifiers.Control):
                    yield break;
                case ConsoleKey.Backspace when line.Length > 0:
                    line.Length--;
                    Console.Error.Write("\b \b");
                    break;
                default:
                    if (key.KeyChar >= ' ')
                    {
                        line.Append(key.KeyChar);
                        Console.Error.Write(key.KeyChar);
                    }

                    break;
            }
        }
    }
}
