using System;
using System.IO;

namespace WsProto.Conformance;

/// <summary>The page that has the browser judged that opens it.</summary>
internal static class BrowserPage
{
    private static readonly Lazy<string> _html = new(() =>
    {
        using Stream page = typeof(BrowserPage).Assembly.GetManifestResourceStream("BrowserPage.html")!;
        using var reader = new StreamReader(page);
        return reader.ReadToEnd();
    });

    public static string Html => _html.Value;
}
