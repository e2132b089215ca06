using System;
using System.IO;
using System.Text;
using System.Threading.Tasks;

namespace WsProto.Cli.Reports;

/// <summary>Writes files for the user.</summary>
internal static class ReportFiles
{
    /// <summary>Writes a text as UTF-8.</summary>
    /// <exception cref="CliException">It cannot be written.</exception>
    public static async Task WriteAsync(string path, string text)
    {
        try
        {
            await File.WriteAllTextAsync(path, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CliException(ExitCode.File, $"{path} cannot be written: {e.Message}");
        }
    }
}
