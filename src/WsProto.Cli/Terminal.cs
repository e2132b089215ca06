using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;

namespace WsProto.Cli;

/// <summary>Where the program writes, and what that can show.</summary>
/// <param name="Out">Standard output.</param>
/// <param name="Error">Standard error.</param>
/// <param name="IsInteractive">Whether a person looks at standard output, so that a line may be written again.</param>
/// <param name="HasColor">Whether it shows colours.</param>
/// <param name="Width">The columns of a line.</param>
internal sealed record Terminal(TextWriter Out, TextWriter Error, bool IsInteractive, bool HasColor, int Width)
{
    /// <summary>Whether the columns are those of the process's terminal, which may change.</summary>
    public bool FollowsConsole { get; init; }

    /// <summary>The columns of a line.</summary>
    public int Width
    {
        get => FollowsConsole ? WidthOfConsole() : field;
        init;
    }
    = Width;

    /// <summary>Standard input.</summary>
    public Stream Input { get; init; } = Stream.Null;

    /// <summary>Whether a person types.</summary>
    public bool IsInputInteractive { get; init; }

    /// <summary>Standard output, for octets as they are.</summary>
    public Stream Payloads { get; init; } = Stream.Null;

    /// <summary>Whether standard error shows colours.</summary>
    public bool HasErrorColor { get; init; } = HasColor;

    /// <summary>What all output goes through; null where nobody has to know of its end.</summary>
    public StandardOutput? Output { get; init; }

    /// <summary>The time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    private const int DefaultWidth = 80;

    /// <summary>The terminal that the process was started in. Colours are for terminals that want them (NO_COLOR, TERM=dumb).</summary>
    public static Terminal OfProcess()
    {
        bool isInteractive = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";
        bool hasColor = isInteractive && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        StandardOutput output = StandardOutput.OfProcess();
        var error = new StandardError(Console.OpenStandardError());
        return new Terminal(Writer(output), Writer(error), isInteractive, hasColor, DefaultWidth)
        {
            Output = output,
            HasErrorColor = hasColor && !Console.IsErrorRedirected,
            FollowsConsole = isInteractive,
            Input = Console.OpenStandardInput(),
            IsInputInteractive = !Console.IsInputRedirected,
            Payloads = output,
        };
    }

    /// <summary>A text in a colour, where there are any.</summary>
    public string Paint(string text, Color color) => Paint(text, color, HasColor);

    /// <summary>The same on standard error.</summary>
    public string PaintError(string text, Color color) => Paint(text, color, HasErrorColor);

    private static string Paint(string text, Color color, bool hasColor) =>
        hasColor ? string.Create(CultureInfo.InvariantCulture, $"\e[{(int)color}m{text}\e[0m") : text;

    /// <summary>A text of a peer, without what a terminal could take for a command.</summary>
    public static string Plain(string text) =>
        text.All(IsPlain) ? text : text.Aggregate(new StringBuilder(), (plain, letter) => IsPlain(letter)
            ? plain.Append(letter)
            : plain.Append(CultureInfo.InvariantCulture, $"\\x{(int)letter:x2}")).ToString();

    /// <summary>The same, with its lines and tabs.</summary>
    public static string PlainLines(string text) =>
        string.Join('\n', text.Split('\n').Select(line => string.Join('\t', line.Split('\t').Select(Plain))));

    private static TextWriter Writer(Stream stream) =>
        TextWriter.Synchronized(new StreamWriter(stream, Console.Out.Encoding, bufferSize: 256, leaveOpen: true) { AutoFlush = true });

    private static bool IsPlain(char letter) => !char.IsControl(letter);

    private static int WidthOfConsole()
    {
        try
        {
            return Console.WindowWidth > 0 ? Console.WindowWidth : DefaultWidth;
        }
        catch (IOException)
        {
            return DefaultWidth;
        }
    }
}

/// <summary>Colours by their numbers in SGR.</summary>
internal enum Color
{
    Bold = 1,
    Quiet = 90,
    Red = 31,
    Green = 32,
    Yellow = 33,
    Blue = 34,
}
