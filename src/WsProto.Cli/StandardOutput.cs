// Standard output of the process. The console's own stream says nothing when nobody reads any more, and a program that goes on to receive
// would never end; so pipes are written without it.

using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;

namespace WsProto.Cli;

internal sealed class StandardOutput(Stream inner) : PassThroughStream(inner)
{
    private const int BrokenPipe = 32;

    private readonly CancellationTokenSource _lost = new();

    /// <summary>Is cancelled when nothing more can be written.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>Why nothing more can be written; null while it can.</summary>
    public CliException? Failure { get; private set; }

    /// <summary>That of the process.</summary>
    public static StandardOutput OfProcess()
    {
        Stream console = Console.OpenStandardOutput();
        if (!Console.IsOutputRedirected)
            return new StandardOutput(console);
        try
        {
            var pipe = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            // In a file, a stream of ours would have a place of its own, and others write to it too.
            return new StandardOutput(OperatingSystem.IsWindows() || pipe.CanSeek ? console : pipe);
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return new StandardOutput(console);
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            Inner.Write(buffer.Span);
            return default;
        }
        catch (IOException e)
        {
            throw Lose(e);
        }
    }

    private CliException Lose(IOException e)
    {
        Failure ??= e.HResult == BrokenPipe
            ? new CliException(ExitCode.Unread, "")
            : new CliException(ExitCode.File, $"Standard output cannot be written: {e.Message}");
        _lost.Cancel();
        return Failure;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _lost.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>Standard error of the process. What cannot be written there can be told nowhere, and ends nothing.</summary>
/// <param name="inner">The console's.</param>
internal sealed class StandardError(Stream inner) : PassThroughStream(inner)
{
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            Inner.Write(buffer.Span);
        }
        catch (IOException)
        {
            // As on a full disk.
        }

        return default;
    }
}
