using System.Text;
using WsProto.Extensions;
using WsProto.Negotiation;
using WsProto.Tests;

namespace WsProto.Fuzz.Targets;

/// <summary>
/// Sec-WebSocket-Extensions (RFC 6455 §9.1): its grammar, and what permessage-deflate makes of each element as an offer and as an answer
/// (RFC 7692 §7.1).
/// </summary>
internal sealed class ExtensionHeaderTarget() : Target("extension-header")
{
    private static readonly string[] _values =
    [
        "permessage-deflate", "permessage-deflate; client_max_window_bits",
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
        "permessage-deflate; server_max_window_bits=8", "permessage-deflate; server_max_window_bits=9; client_max_window_bits=15",
        "permessage-deflate; client_max_window_bits=\"10\"",
        "permessage-deflate; client_max_window_bits=08", "permessage-deflate; server_max_window_bits=99",
        "permessage-deflate; server_max_window_bits", "permessage-deflate; client_max_window_bits=abc",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover", "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; unknown",
        "permessage-deflate; client_max_window_bits, permessage-deflate", "foo, bar; baz=2", "x;y=\"a\\b\"", "x;y=\"\"", "x;y=\"a,b\"",
        "x;y=\"\\c\\c\\c", "x;", "x;y=", ",,a,,", ",", "", "a b", "a;b c",
        "__proto__; constructor=1", "a\nb; c", "\tx\t;\ty\t=\tz\t,", "x; a=1; a=1; a=2", "\xFF",
    ];

    public override void Run(ReadOnlySpan<byte> input, Behaviour behaviour)
    {
        byte settings = input.IsEmpty ? (byte)0 : input[0];
        string[] lines = Encoding.Latin1.GetString(input.IsEmpty ? [] : input[1..]).Split('\n');
        List<ExtensionElement>? offers = ExtensionHeader.Parse(lines);
        if (Array.TrueForAll(lines, line => !line.Contains('"', StringComparison.Ordinal)))
            Oracle.Same(Show(Split(lines)), Show(offers), "Elements without quotes.");
        behaviour.Step(offers is null ? -1 : offers.Count, offers?.Sum(offer => offer.Parameters.Count) ?? 0);
        if (offers is null)
            return;
        if (offers.Count > 0)
            Oracle.Same(Show(offers), Show(ExtensionHeader.Parse([string.Join(", ", offers)])), "What was parsed and written again.");

        var template = new PerMessageDeflate
        {
            ServerNoContextTakeover = (settings & 1) != 0,
            ClientNoContextTakeover = (settings & 2) != 0,
            ServerMaxWindowBits = 9 + ((settings >> 2) % 7),
            ClientMaxWindowBits = 9 + ((settings >> 5) % 7),
        };
        foreach (ExtensionElement offer in offers.Where(offer => offer.Name == template.Name))
        {
            Accept(template, offer, behaviour);
            if (template.Confirm(offer) is not DeflateCodec confirmed)
                continue;
            Check(template, confirmed.Parameters, behaviour);
            Oracle.That(
                confirmed.Parameters.ClientMaxWindowBits <= template.ClientMaxWindowBits,
                "A client's window beyond its own offer.");
            Oracle.That(
                confirmed.Parameters.ClientNoContextTakeover || !template.ClientNoContextTakeover,
                "A client's takeover against its own offer.");
        }
    }

    private static void Accept(PerMessageDeflate template, ExtensionElement offer, Behaviour behaviour)
    {
        if (template.Accept(offer) is not { } agreement)
            return;
        DeflateParameters agreed = ((DeflateCodec)agreement).Parameters;
        Check(template, agreed, behaviour);
        Oracle.Same(Show([agreement.Agreed]), Show(ExtensionHeader.Parse([agreement.Agreed.ToString()])), "The answer, read again.");
        // A client that could do anything reads the answer as it was meant.
        var client = (DeflateCodec?)new PerMessageDeflate().Confirm(agreement.Agreed);
        Oracle.That(client is not null, "An answer that nobody can take.");
        Oracle.Same(agreed, client.Parameters, "What both ends have agreed on.");
        foreach (ExtensionParameter asked in offer.Parameters)
        {
            bool isKept = asked.Name switch
            {
                "server_no_context_takeover" => agreed.ServerNoContextTakeover,
                "server_max_window_bits" =>
                    agreed.ServerMaxWindowBits.ToString(System.Globalization.CultureInfo.InvariantCulture).Length > 0
                    && agreed.ServerMaxWindowBits <= int.Parse(asked.Value!, System.Globalization.CultureInfo.InvariantCulture),
                "client_no_context_takeover" => agreed.ClientNoContextTakeover,
                "client_max_window_bits" => true,
                _ => false,
            };
            Oracle.That(isKept, $"An offer with {asked} was taken.");
        }
    }

    private static void Check(PerMessageDeflate template, DeflateParameters agreed, Behaviour behaviour)
    {
        behaviour.Step(
            agreed.ServerMaxWindowBits,
            agreed.ClientMaxWindowBits,
            (agreed.ServerNoContextTakeover ? 1 : 0) + (agreed.ClientNoContextTakeover ? 2 : 0));
        Oracle.That(agreed.ServerMaxWindowBits is >= 8 and <= 15 && agreed.ClientMaxWindowBits is >= 8 and <= 15, "A window out of range.");
        Oracle.That(agreed.ServerMaxWindowBits <= template.ServerMaxWindowBits, "A server's window beyond the setting.");
        Oracle.That(agreed.ServerNoContextTakeover || !template.ServerNoContextTakeover, "A server's takeover against the setting.");
    }

    private static string Show(List<ExtensionElement>? offers) =>
        offers is null ? "malformed" : $"{offers.Count}: {string.Join(", ", offers)}";

    /// <summary>The grammar once more, where nothing is quoted.</summary>
    private static List<ExtensionElement>? Split(string[] lines)
    {
        var offers = new List<ExtensionElement>();
        foreach (string element in lines.SelectMany(line => line.Split(','))
            .Select(element => element.Trim(' ', '\t'))
            .Where(element => element.Length > 0))
        {
            string[] parts = [.. element.Split(';').Select(part => part.Trim(' ', '\t'))];
            string[][] parameters = [.. parts.Skip(1).Select(part => part.Split('=', 2).Select(side => side.Trim(' ', '\t')).ToArray())];
            if (!IsToken(parts[0]) || !parameters.All(parameter => parameter.All(IsToken)))
                return null;
            offers.Add(new ExtensionElement(
                parts[0],
                [.. parameters.Select(parameter => new ExtensionParameter(parameter[0], parameter.ElementAtOrDefault(1)))]));
        }

        return offers.Count == 0 ? null : offers;
    }

    private static bool IsToken(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal));

    public override byte[]? Piece(Random random) => Wire.Latin1(_values[random.Next(_values.Length)]);

    public override IEnumerable<Seed> Seeds() => _values.Select((value, i) => new Seed($"{i:00}", [(byte)(i * 37), .. Wire.Latin1(value)]));
}
