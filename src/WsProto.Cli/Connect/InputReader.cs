// Standard input, read by a thread of its own: nothing ends a read of a terminal or a pipe, and the end of the connection must not wait for
// one. A line is a message at any length, byte for byte; the last needs no line feed.

using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;

namespace WsProto.Cli.Connect;

internal static class InputReader
{
    private const int Chunk = 64 << 10;
    private const int Waiting = 16;

    /// <summary>Begins to read.</summary>
    /// <param name="terminal">What to read.</param>
    /// <param name="isBinary">Whether octets are given as they come, and not lines.</param>
    /// <param name="hasKeys">Whether the terminal gives keys as they are pressed.</param>
    /// <returns>The pieces; it is completed at the end of input.</returns>
    public static ChannelReader<byte[]> Start(Terminal terminal, bool isBinary, bool hasKeys)
    {
        var pieces = Channel.CreateBounded<byte[]>(Waiting);
        IEnumerable<byte[]> source = isBinary ? Chunks(terminal.Input) : hasKeys ? Keys() : Lines(terminal.Input);
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

    /// <summary>Lines of a terminal by its keys.</summary>
    private static IEnumerable<byte[]> Keys()
    {
        // The runtime's own stream of a terminal reads lines.
        using var keys = new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);
        using Stream screen = Console.OpenStandardError();
        foreach (byte[] line in new KeyLines(octets => screen.Write(octets)).Read(keys))
            yield return line;
    }
}
