// Headers and extension headers by their grammar (RFC 9110 §5, RFC 6455 §9.1).

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace WsProto.Testing.Generators;

/// <summary>Generates headers and extension headers with valid grammar.</summary>
public static class Headers
{
    private const string TokenCharacters = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static readonly string[] _ownNames =
    [
        "Host", "Connection", "Upgrade", "Content-Length", "Transfer-Encoding", "Sec-WebSocket-Key", "Sec-WebSocket-Accept",
        "Sec-WebSocket-Version", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions",
    ];

    /// <summary>Generates tokens (RFC 9110 §5.6.2) of 1 to 12 characters.</summary>
    public static Gen<string> Tokens { get; } =
        Gen.Choose(1, 12)
            .SelectMany(count => Gen.Elements(TokenCharacters.ToCharArray()).ArrayOf(count))
            .Select(characters => new string(characters));

    /// <summary>
    /// Generates values of up to 30 bytes: visible characters, spaces, tabs, and bytes above 7F. They have no whitespace at an end, because
    /// it is not part of a value.
    /// </summary>
    public static Gen<string> Values { get; } =
        Gen.Choose(0, 30).SelectMany(count => _valueCharacters.ArrayOf(count)).Select(characters => new string(characters).Trim(' ', '\t'));

    /// <summary>Generates lists of up to 20 headers, without those that the handshake sets itself. A name may occur twice.</summary>
    public static Gen<HeaderList> Lists { get; } = Gen.Frequency((4, Gen.Choose(0, 4)), (1, Gen.Choose(5, 20))).SelectMany(count =>
        (from name in Gen.Frequency((3, Tokens), (1, Gen.Elements("Origin", "Cookie", "X-One", "x-one", "Server")))
             .Where(name => !IsOwn(name))
         from value in Values
         select new HeaderField(name, value)).ArrayOf(count)).Select(fields => HeaderList.Create(fields));

    /// <summary>Generates offers and answers of extensions, with up to 4 parameters.</summary>
    public static Gen<ExtensionElement> Extensions { get; } =
        from name in Tokens
        from count in Gen.Choose(0, 4)
        from parameters in (from parameter in Tokens
                            from value in Gen.Frequency((1, Gen.Constant<string?>(null)), (2, Tokens.Select(token => (string?)token)))
                            select new ExtensionParameter(parameter, value)).ArrayOf(count)
        select new ExtensionElement(name, parameters);

    private static Gen<char> _valueCharacters => Gen.Frequency(
        (6, Gen.Choose(0x21, 0x7E)),
        (1, Gen.Elements<int>(' ', '\t', ',', '"', ';', '=')),
        (1, Gen.Choose(0x80, 0xFF))).Select(code => (char)code);

    /// <summary>Generates <see cref="Lists"/>, shrunk to fewer headers, shorter values, and names of one letter.</summary>
    public static Arbitrary<HeaderList> ArbitraryLists =>
        Arb.From(Lists, list => Shrinks.List([.. list], Shrink).Select(fields => HeaderList.Create(fields)));

    /// <summary>
    /// Generates one to four of <see cref="Extensions"/>, shrunk to fewer extensions and parameters. There is always one, because an empty
    /// list breaks the grammar (RFC 6455 §9.1).
    /// </summary>
    public static Arbitrary<ExtensionElement[]> ArbitraryExtensions =>
        Arb.From(
            Gen.Choose(1, 4).SelectMany(count => Extensions.ArrayOf(count)),
            list => Shrinks.List(list, Shrink).Where(smaller => smaller.Length > 0));

    /// <summary>Whether the handshake sets a header of this name itself.</summary>
    internal static bool IsOwn(string name) => _ownNames.Contains(name, StringComparer.OrdinalIgnoreCase);

    internal static string Show(HeaderList list) =>
        string.Join(" | ", list.Select(field => Bytes.Show(Encoding.Latin1.GetBytes($"{field.Name}: {field.Value}"))));

    private static IEnumerable<HeaderField> Shrink(HeaderField field)
    {
        if (field.Name != "a")
            yield return field with { Name = "a" };
        foreach (int length in Shrinks.Number(field.Value.Length))
            yield return field with { Value = field.Value[..length].Trim(' ', '\t') };
    }

    private static IEnumerable<ExtensionElement> Shrink(ExtensionElement offer) =>
        Shrinks.List([.. offer.Parameters]).Select(parameters => new ExtensionElement(offer.Name, parameters));
}
