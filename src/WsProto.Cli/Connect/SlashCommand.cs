using System;
using System.Globalization;
using System.IO;
using System.Text;
using System.Threading.Tasks;
using WsProto.Adapters;

namespace WsProto.Cli.Connect;

/// <summary>
/// What a line that begins with a slash does: <c>/ping</c>, <c>/pong</c>, <c>/close</c>, <c>/file</c>. Two slashes are one of a message.
/// </summary>
internal static class SlashCommand
{
    private const byte Slash = (byte)'/';
    private const string Commands =
        "The commands are /ping TEXT, /pong TEXT, /close CODE REASON, /file PATH; // begins a message with a slash.";

    public static bool Is(ReadOnlySpan<byte> line) => line.Length > 0 && line[0] == Slash && (line.Length == 1 || line[1] != Slash);

    public static byte[] Unescape(byte[] line, bool hasCommands) => hasCommands && line.Length > 1 && line[0] == Slash ? line[1..] : line;

    /// <summary>Does what a line says; what makes no sense is told, and nothing done.</summary>
    public static async Task RunAsync(byte[] line, WsSession session, Func<Message, Task> send, Terminal terminal)
    {
        string[] words = Encoding.UTF8.GetString(line).TrimEnd().Split(' ', 2);
        string rest = words.Length > 1 ? words[1] : "";
        try
        {
            switch (words[0])
            {
                case "/ping":
                    await session.SendAsync(new Ping(Encoding.UTF8.GetBytes(rest)));
                    break;
                case "/pong":
                    await session.SendAsync(new Pong(Encoding.UTF8.GetBytes(rest)));
                    break;
                case "/close":
                    await CloseAsync(session, rest);
                    break;
                case "/file":
                    await send(new BytesMessage(await File.ReadAllBytesAsync(rest)));
                    break;
                default:
                    await terminal.Error.WriteLineAsync(Commands);
                    break;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or LocalProtocolException)
        {
            await terminal.Error.WriteLineAsync(Terminal.Plain(e.Message));
        }
    }

    private static async Task CloseAsync(WsSession session, string rest)
    {
        string[] words = rest.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries);
        ushort code = (ushort)CloseCode.NormalClosure;
        if (words.Length > 0 && !ushort.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out code))
            throw new ArgumentException($"{words[0]} is no code of a Close.");
        await session.CloseAsync((CloseCode)code, words.Length > 1 ? words[1] : null);
    }
}
