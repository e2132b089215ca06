using System;
using System.Collections.Generic;
using System.IO;
using WsProto.Cli.Captures;

namespace WsProto.Cli.Decode;

/// <summary>Reads a file and shows the frames in it.</summary>
/// <param name="settings">What the command line asks for.</param>
/// <param name="terminal">What to read and where to write.</param>
internal sealed class DecodeRun(DecodeSettings settings, Terminal terminal)
{
    private const int Chunk = 64 << 10;

    private readonly DecodeOutput _output = new(terminal, settings.IsJson);

    /// <summary>Does it.</summary>
    /// <returns>Whether there is a WebSocket in the file, and nothing that breaks the protocol.</returns>
    public int Run()
    {
        try
        {
            using Stream file = settings.File == "-" ? terminal.Input : File.OpenRead(settings.File);
            using var buffered = new BufferedStream(file, Chunk);
            _output.Finish(Read(buffered));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new CliException(ExitCode.File, $"{settings.File} cannot be read: {e.Message}");
        }

        return _output is { Violations: 0, Connections: > 0 } ? ExitCode.Ok : ExitCode.Failed;
    }

    private IReadOnlyList<string> Read(Stream file)
    {
        byte[] start = new byte[Chunk / 16];
        int count = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        ReadOnlySpan<byte> seen = start.AsSpan(0, count);
        using var whole = new RejoinedStream(start[..count], file);
        if (settings.Format is FileFormat.Capture or FileFormat.Any && CaptureFile.Is(seen))
        {
            var capture = new CaptureFile((client, server, isWhole) =>
                new ConnectionDecoder(_output, settings, (client, server), isWhole, isOneSided: false));
            return capture.Read(whole, PcapngReader.Is(seen));
        }

        if (settings.Format == FileFormat.Capture)
            throw new CliException(ExitCode.File, $"{settings.File} is neither pcap nor pcapng.");
        if (settings.Format == FileFormat.Hex || (settings.Format == FileFormat.Any && HexDump.Is(seen)))
            ReadDump(whole);
        else
            ReadRaw(whole);
        return [];
    }

    private void ReadDump(Stream file)
    {
        StreamFeed? feed = null;
        try
        {
            HexDump.Read(file, (side, octets) =>
            {
                feed ??= new StreamFeed(_output, settings, isOneSided: side is null);
                feed.Add(side, octets);
            });
        }
        finally
        {
            feed?.Dispose();
        }
    }

    private void ReadRaw(Stream file)
    {
        using var feed = new StreamFeed(_output, settings, isOneSided: true);
        byte[] buffer = new byte[Chunk];
        while (file.Read(buffer) is var count and > 0)
            feed.Add(null, buffer.AsSpan(0, count));
    }
}
