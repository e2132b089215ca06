using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using static WsProto.Conformance.CaseTable;

namespace WsProto.Conformance;

/// <summary>12 and 13: compressed messages of many sizes, of several kinds of data, under several parameters.</summary>
/// <remarks>The suite sends 1,000 messages in each case. Here it is <see cref="Enough"/> octets, and at least two messages.</remarks>
internal static class CompressionCases
{
    private const int Messages = 1000;
    private const int Enough = 64 << 10;

    private static readonly (int Size, int Fragment)[] _lengths =
    [
        (16, int.MaxValue), (64, int.MaxValue), (256, int.MaxValue), (1024, int.MaxValue), (4096, int.MaxValue), (8192, int.MaxValue),
        (16_384, int.MaxValue), (32_768, int.MaxValue), (65_536, int.MaxValue), (131_072, int.MaxValue),
        (8192, 256), (16_384, 256), (32_768, 256), (65_536, 256), (131_072, 256),
        (131_072, 1024), (131_072, 4096), (131_072, 32_768),
    ];

    private static readonly DeflateOffer[][] _offers =
    [
        [new(false, 0)], [new(true, 0)], [new(false, 9)], [new(false, 15)], [new(true, 9)], [new(true, 15)],
        [new(true, 9), new(true, 0), new(false, 0)],
    ];

    private static readonly (string Name, int Opcode, Lazy<byte[]> Data)[] _data =
    [
        ("JSON", SentFrame.OpcodeOfText, new(SampleData.Json)),
        ("picture", SentFrame.OpcodeOfBinary, new(SampleData.Picture)),
        ("prose", SentFrame.OpcodeOfBinary, new(SampleData.Prose)),
        ("HTML", SentFrame.OpcodeOfText, new(SampleData.Html)),
        ("half noise", SentFrame.OpcodeOfBinary, new(SampleData.HalfNoise)),
    ];

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        .. _data.SelectMany((data, x) => Section(12, x, data.Name, data.Opcode, data.Data, _offers[0])),
        .. _offers.SelectMany((offers, x) =>
            Section(13, x, $"JSON, {string.Join(" or ", offers.Select(Show))}", _data[0].Opcode, _data[0].Data, offers)),
    ];

    private static IEnumerable<ConformanceCase> Section(
        int chapter, int x, string name, int opcode, Lazy<byte[]> data, DeflateOffer[] offers) =>
        _lengths.Select((length, y) =>
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"{chapter}.{x + 1}.{y + 1}");
            string sends = string.Create(CultureInfo.InvariantCulture, $"{name}, {length.Size} octets")
                + (length.Fragment == int.MaxValue ? "" : string.Create(CultureInfo.InvariantCulture, $", in frames of {length.Fragment}"));
            IEnumerable<Step> steps = Steps(opcode, data, length.Size, length.Fragment);
            return Closing(id, chapter == 12 ? "7.2" : "7.1", sends, steps) with
            {
                Offers = offers,
                LargestMessage = length.Size,
                MostFragments = Math.Max(1, length.Size / length.Fragment),
            };
        });

    private static IEnumerable<Step> Steps(int opcode, Lazy<byte[]> data, int size, int fragment)
    {
        ReplyKind kind = opcode == SentFrame.OpcodeOfText ? ReplyKind.Text : ReplyKind.Binary;
        int count = Math.Clamp(Enough / size, 2, Messages);
        for (int i = 0; i < count; i++)
        {
            int start = (int)((long)i * size % (data.Value.Length - size + 1));
            byte[] payload = data.Value[start..(start + size)];
            yield return new Step { Compressed = new(opcode, payload, fragment), Replies = [new Reply(kind, payload)] };
        }
    }

    private static string Show(DeflateOffer offer) =>
        (offer.Forgets ? "no takeover" : "takeover") + (offer.Window == 0 ? "" : $" window {offer.Window}");
}
