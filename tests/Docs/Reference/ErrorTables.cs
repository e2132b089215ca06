using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;

namespace WsProto.Docs.Tests.Reference;

/// <summary>Every <see cref="ProtocolError"/> and <see cref="LocalProtocolError"/>; codes and statuses are those of the core.</summary>
internal static partial class ErrorTables
{
    private static readonly Type _errors = typeof(WsConnection).Assembly.GetType("WsProto.ProtocolErrors", throwOnError: true)!;
    private static readonly Type _violation = typeof(WsConnection).Assembly.GetType("WsProto.Violation", throwOnError: true)!;

    public static string Frames() => Table(error => (int)error < 100, "Close", Code);

    public static string Handshake() => Table(error => (int)error is > 100 and < 200, "Status", Status);

    public static string Request() => Table(
        error => (int)error is > 200 and < 300,
        "Answer",
        error => error == ProtocolError.TooMuchEarlyData ? $"close {Code(error)}" : Status(error));

    public static string Response() => Table(error => (int)error > 300, null, _ => "");

    public static string Local()
    {
        var text = new StringBuilder("| `LocalProtocolError` | Meaning | Section |\n|---|---|---|\n");
        foreach (LocalProtocolError error in Enum.GetValues<LocalProtocolError>())
        {
            (string meaning, string section) = Split(XmlDocs.Summary($"F:{typeof(LocalProtocolError).FullName}.{error}"));
            text.Append($"| `{error}` | {meaning} | {section} |\n");
        }

        return text.ToString();
    }

    private static string Table(Func<ProtocolError, bool> isPart, string? column, Func<ProtocolError, string> answer)
    {
        var text = new StringBuilder(column is null ? "| `ProtocolError` | Meaning | Section | What to do |\n|---|---|---|---|\n"
            : $"| `ProtocolError` | Meaning | Section | {column} | What to do |\n|---|---|---|---|---|\n");
        foreach (ProtocolError error in Enum.GetValues<ProtocolError>().Where(isPart))
        {
            (string meaning, string section) = Split(XmlDocs.Summary($"F:{typeof(ProtocolError).FullName}.{error}"));
            string middle = column is null ? "" : $" {answer(error)} |";
            text.Append($"| `{error}` | {meaning} | {section} |{middle} {ErrorAdvice.For(error)} |\n");
        }

        return text.ToString();
    }

    private static string Code(ProtocolError error) =>
        error == ProtocolError.ExtensionFailed ? "the extension's" : $"{(int)(CloseCode)Choose("CloseCodeFor", error)}";

    private static string Status(ProtocolError error) => error switch
    {
        ProtocolError.HandshakeIncomplete => "none",
        ProtocolError.UnsupportedHttpVersion => "400 for 1.0, else 505",
        _ => Convert.ToString(Choose("StatusFor", error), CultureInfo.InvariantCulture)!,
    };

    private static object Choose(string method, ProtocolError error)
    {
        object violation = Activator.CreateInstance(_violation, error, 0L, 0L, null, null)!;
        return _errors.GetMethod(method, BindingFlags.Static | BindingFlags.NonPublic)!.Invoke(null, [violation])!;
    }

    /// <summary>The words without the section and what it leads to, and the sections.</summary>
    private static (string Meaning, string Section) Split(string summary)
    {
        string[] sections = [.. Section().Matches(summary).Select(section => section.Groups["section"].Value)];
        if (sections.Length == 0)
            sections = [.. Inline().Matches(summary).Select(section => section.Value)];
        string meaning = Consequence().Replace(Section().Replace(summary, ""), "").Trim().TrimEnd('.', ':', ';').Trim();
        return (meaning, string.Join("; ", sections));
    }

    /// <summary>In brackets, with words before or after the section where it has some.</summary>
    [GeneratedRegex(@" ?\((?<section>RFC [\d§., RFC-]*[\d])[^)]*\)", RegexOptions.ExplicitCapture)]
    private static partial Regex Section();

    [GeneratedRegex(@"RFC \d+ §[\d.§-]*\d")]
    private static partial Regex Inline();

    /// <summary>The code or the status at the end of a summary, which has a column of its own.</summary>
    [GeneratedRegex(
        @": (\d{3,4}\b.*|the code is the extension's\.?|once the connection is open it fails with \d{4}\.?)$",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Consequence();
}
