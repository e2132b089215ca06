// Headers and extension headers by their grammar (RFC 9110 §5, RFC 6455 §9.1).

using System.Text;
using FsCheck;
using FsCheck.Fluent;
using WsProto.Extensions;
using WsProto.Handshake;

namespace WsProto.Tests.Generators;

internal static class Headers
{
    private const string TokenCharacters = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static readonly string[] _ownNames =
    [
        "Host", "Connection", "Upgrade", "Content-Length", "Transfer-Encoding", "Sec-WebSocket-Key", "Sec-WebSocket-Accept",
        "Sec-WebSocket-Version", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions",
    ];

    /// <summary>A token (RFC 9110 §5.6.2).</summary>
    public static readonly Gen<string> Tokens =
        Gen.Choose(1, 12).SelectMany(count => Gen.Elements(TokenCharacters.ToCharArray()).ArrayOf(count)).Select(characters => new string(characters));

    /// <summary>A value: visible bytes, spaces and tabs inside, bytes above 7F; no space at an end, which is not part of a value.</summary>
    public static readonly Gen<string> Values =
        Gen.Choose(0, 30).SelectMany(count => _valueCharacters.ArrayOf(count)).Select(characters => new string(characters).Trim(' ', '\t'));

    /// <summary>A list without the headers that the handshake itself sets; with names twice now and then.</summary>
    public static readonly Gen<HeaderList> Lists = Gen.Frequency((4, Gen.Choose(0, 4)), (1, Gen.Choose(5, 20))).SelectMany(count =>
        (from name in Gen.Frequency((3, Tokens), (1, Gen.Elements("Origin", "Cookie", "X-One", "x-one", "Server"))).Where(name => !IsOwn(name))
         from value in Values
         select new HeaderField(name, value)).ArrayOf(count)).Select(fields => HeaderList.Create(fields));

    /// <summary>An offer or answer of an extension.</summary>
    public static readonly Gen<ExtensionOffer> Extensions =
        from name in Tokens
        from count in Gen.Choose(0, 4)
        from parameters in (from parameter in Tokens
                            from value in Gen.Frequency((1, Gen.Constant<string?>(null)), (2, Tokens.Select(token => (string?)token)))
                            select new ExtensionParameter(parameter, value)).ArrayOf(count)
        select new ExtensionOffer(name, parameters);

    private static Gen<char> _valueCharacters => Gen.Frequency(
        (6, Gen.Choose(0x21, 0x7E)), (1, Gen.Elements<int>(' ', '\t', ',', '"', ';', '=')), (1, Gen.Choose(0x80, 0xFF))).Select(code => (char)code);

    /// <summary>As inputs to laws of their own.</summary>
    public static Arbitrary<HeaderList> ArbitraryLists =>
        Arb.From(Lists, list => Shrinks.List([.. list], Shrink).Select(fields => HeaderList.Create(fields)));

    /// <summary>At least one, as an empty list breaks the grammar (RFC 6455 §9.1).</summary>
    public static Arbitrary<ExtensionOffer[]> ArbitraryExtensions =>
        Arb.From(Gen.Choose(1, 4).SelectMany(count => Extensions.ArrayOf(count)), list => Shrinks.List(list, Shrink).Where(smaller => smaller.Length > 0));

    /// <summary>Whether the handshake sets a header of this name itself.</summary>
    public static bool IsOwn(string name) => _ownNames.Contains(name, StringComparer.OrdinalIgnoreCase);

    public static string Show(HeaderList list) => string.Join(" | ", list.Select(field => Bytes.Show(Encoding.Latin1.GetBytes(field.ToString()))));

    private static IEnumerable<HeaderField> Shrink(HeaderField field)
    {
        if (field.Name != "a")
            yield return field with { Name = "a" };
        foreach (int length in Shrinks.Number(field.Value.Length))
            yield return field with { Value = field.Value[..length].Trim(' ', '\t') };
    }

    private static IEnumerable<ExtensionOffer> Shrink(ExtensionOffer offer) =>
        Shrinks.List([.. offer.Parameters]).Select(parameters => new ExtensionOffer(offer.Name, parameters));
}
