// A program for each connection: messages go to its standard input, and its standard output becomes messages. Where the client ends,
// standard input is closed; a program that goes on is terminated, and then killed. Where the program ends, the connection is closed: 1000
// for the exit code 0, and 1011 with the code in the reason for another.

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.IO;
using System.Text;
using System.Text.Unicode;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters;
using WsProto.Cli.Connect;

namespace WsProto.Cli.Listen;

/// <summary>How messages lie in the octets of a program.</summary>
internal enum ExecFraming
{
    /// <summary>A message is a line.</summary>
    Line,

    /// <summary>Octets as they come.</summary>
    Chunk,

    /// <summary>Four octets of length, the highest first, before each message.</summary>
    Length,
}

/// <param name="command">What the shell runs.</param>
/// <param name="framing">How messages lie in its octets.</param>
/// <param name="largest">The largest message that it may write.</param>
/// <param name="session">The connection.</param>
/// <param name="clock">The time.</param>
/// <param name="tell">Shows a line of its standard error, or what went wrong.</param>
internal sealed class ExecSession(
    string command, ExecFraming framing, int largest, WsSession session, TimeProvider clock, Action<string> tell)
{
    private const int Chunk = 64 << 10;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    /// <summary>Runs the program up to its end and that of the connection.</summary>
    [SuppressMessage("Reliability", "CA2025", Justification = "What still reads then sees the end.")]
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using Process? process = Start();
        if (process is null)
        {
            await session.CloseAsync(CloseCode.InternalError, "there is no program", CancellationToken.None);
            return;
        }

        Task errors = ShowErrorsAsync(process);
        Task output = SendOutputAsync(process);
        Task input = TakeMessagesAsync(process, cancellationToken);
        Task exited = process.WaitForExitAsync(CancellationToken.None);
        await Task.WhenAny(exited, input, session.Completion);
        if (!exited.IsCompleted)
            await EndAsync(process, input, exited);
        // A process that it has left behind may hold its output open.
        await WithinPatienceAsync(Task.WhenAll(output, errors));
        if (session.CloseResult is null)
        {
            string? reason = process.ExitCode == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"exit code {process.ExitCode}");
            await session.CloseAsync(reason is null ? CloseCode.NormalClosure : CloseCode.InternalError, reason, CancellationToken.None);
        }

        await input;
        tell(string.Create(CultureInfo.InvariantCulture, $"exit code {process.ExitCode}"));
    }

    private Process? Start()
    {
        var start = OperatingSystem.IsWindows()
            ? new ProcessStartInfo("cmd.exe", ["/c", command])
            : new ProcessStartInfo("/bin/sh", ["-c", command]);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        try
        {
            return Process.Start(start);
        }
        catch (Win32Exception e)
        {
            tell(e.Message);
            return null;
        }
    }

    private async Task EndAsync(Process process, Task input, Task exited)
    {
        // What has come is still given to it.
        await WithinPatienceAsync(Task.WhenAny(input, exited));
        CloseInput(process);
        if (await WithinPatienceAsync(exited))
            return;
        if (!OperatingSystem.IsWindows())
        {
            string terminate = string.Create(CultureInfo.InvariantCulture, $"kill -TERM {process.Id}");
            using Process? shell = Process.Start("/bin/sh", ["-c", terminate]);
            if (await WithinPatienceAsync(exited))
                return;
        }

        process.Kill(entireProcessTree: true);
        await exited;
    }

    private async Task<bool> WithinPatienceAsync(Task task) => await Task.WhenAny(task, Task.Delay(_patience, clock)) == task;

    /// <summary>Gives messages to the program. One that reads no more loses them.</summary>
    private async Task TakeMessagesAsync(Process process, CancellationToken cancellationToken)
    {
        Stream target = process.StandardInput.BaseStream;
        bool isOpen = true;
        try
        {
            await foreach (Message message in session.ReadAllAsync(cancellationToken))
            {
                try
                {
                    if (isOpen)
                        await WriteAsync(target, Payloads.OctetsOf(message), cancellationToken);
                }
                catch (Exception e) when (e is IOException or ObjectDisposedException)
                {
                    isOpen = false;
                }
            }
        }
        catch (Exception e) when (e is WsClosedException or OperationCanceledException)
        {
            // The client has gone, or the program ends.
        }

        CloseInput(process);
    }

    private async Task WriteAsync(Stream target, byte[] payload, CancellationToken cancellationToken)
    {
        if (framing == ExecFraming.Length)
        {
            byte[] length = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(length, payload.Length);
            await target.WriteAsync(length, cancellationToken);
        }

        await target.WriteAsync(payload, cancellationToken);
        if (framing == ExecFraming.Line)
            await target.WriteAsync(new byte[] { (byte)'\n' }, cancellationToken);
        await target.FlushAsync(cancellationToken);
    }

    private async Task SendOutputAsync(Process process)
    {
        var kept = new List<byte>();
        byte[] buffer = new byte[Chunk];
        Stream source = process.StandardOutput.BaseStream;
        try
        {
            while (await source.ReadAsync(buffer) is var count and > 0)
            {
                kept.AddRange(buffer.AsSpan(0, count));
                while (Take(kept) is { } message)
                    await SendAsync(message);
                if (kept.Count > (long)largest + 4)
                    throw new IOException("The program writes a message that is too large.");
            }

            if (kept.Count > 0 && framing != ExecFraming.Length)
                await SendAsync([.. kept]);
        }
        catch (Exception e) when (e is IOException or WsClosedException or LocalProtocolException or ObjectDisposedException)
        {
            // Nobody reads on, so that the program finds out.
            tell(e.Message);
            await source.DisposeAsync();
        }
    }

    /// <summary>Cuts off a message.</summary>
    private byte[]? Take(List<byte> kept)
    {
        int start = 0;
        int end = kept.Count;
        int next = end;
        switch (framing)
        {
            case ExecFraming.Line:
                end = kept.IndexOf((byte)'\n');
                next = end + 1;
                break;
            case ExecFraming.Length:
                long length = kept.Count < 4 ? -1 : (kept[0] << 24) | (kept[1] << 16) | (kept[2] << 8) | kept[3];
                if (kept.Count >= 4 && (length < 0 || length > largest))
                    throw new IOException("The program writes a message that is too large.");
                start = 4;
                end = length < 0 || kept.Count - 4 < length ? -1 : 4 + (int)length;
                next = end;
                break;
        }

        if (end < 0 || kept.Count == 0)
            return null;
        byte[] message = [.. kept[start..end]];
        kept.RemoveRange(0, next);
        return message;
    }

    /// <summary>A line is text where it is UTF-8; all else is binary.</summary>
    private async Task SendAsync(byte[] message) => await session.SendAsync(framing == ExecFraming.Line && Utf8.IsValid(message)
        ? new TextMessage(Encoding.UTF8.GetString(message))
        : new BytesMessage(message));

    private async Task ShowErrorsAsync(Process process)
    {
        try
        {
            while (await process.StandardError.ReadLineAsync() is { } line)
                tell("stderr " + line);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // It has gone.
        }
    }

    private static void CloseInput(Process process)
    {
        try
        {
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program has closed it.
        }
    }
}
