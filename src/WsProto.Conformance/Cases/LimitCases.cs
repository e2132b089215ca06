using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using static WsProto.Conformance.CaseTable;

namespace WsProto.Conformance;

/// <summary>9 and 10: large messages, many fragments, many pieces, many messages.</summary>
internal static class LimitCases
{
    private const int KiB = 1 << 10;
    private const int MiB = 1 << 20;
    private const int RoundTrips = 1000;

    private static readonly int[] _sizes = [64 * KiB, 256 * KiB, MiB, 4 * MiB, 8 * MiB, 16 * MiB];
    private static readonly int[] _fragments = [64, 256, KiB, 4 * KiB, 16 * KiB, 64 * KiB, 256 * KiB, MiB, 4 * MiB];
    private static readonly int[] _chops = [64, 128, 256, 512, KiB, 2 * KiB];
    private static readonly int[] _roundTrips = [0, 16, 64, 256, KiB, 4 * KiB];

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        .. InBothKinds(1, _sizes, (kind, size) => new(kind, size)),
        .. InBothKinds(3, _fragments, (kind, size) => new(kind, 4 * MiB) { Fragment = size }),
        .. InBothKinds(5, _chops, (kind, size) => new(kind, MiB) { Chop = size }),
        .. InBothKinds(7, _roundTrips, (kind, size) => new(kind, size) { Count = RoundTrips }),
        new Plan(ReplyKind.Text, 64 * KiB) { Fragment = 1300 }.ToCase("10.1.1"),
    ];

    /// <summary>A section for text, and the next one for bytes.</summary>
    private static IEnumerable<ConformanceCase> InBothKinds(int section, int[] sizes, Func<ReplyKind, int, Plan> make) =>
        from kind in new[] { ReplyKind.Text, ReplyKind.Binary }
        from i in Enumerable.Range(0, sizes.Length)
        let id = string.Create(CultureInfo.InvariantCulture, $"9.{section + (kind == ReplyKind.Text ? 0 : 1)}.{i + 1}")
        select make(kind, sizes[i]).ToCase(id);

    private sealed record Plan(ReplyKind Kind, int Size)
    {
        public int Fragment { get; init; } = int.MaxValue;

        public int Chop { get; init; } = int.MaxValue;

        public int Count { get; init; } = 1;

        public ConformanceCase ToCase(string id)
        {
            string sends = string.Create(CultureInfo.InvariantCulture, $"{Kind} of {Size} octets")
                + (Fragment == int.MaxValue ? "" : string.Create(CultureInfo.InvariantCulture, $" in fragments of {Fragment}"))
                + (Chop == int.MaxValue ? "" : string.Create(CultureInfo.InvariantCulture, $" in chops of {Chop}"))
                + (Count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $", {Count} times"));
            return Closing(id, Fragment == int.MaxValue ? "5.2" : "5.4", sends, Steps()) with
            {
                LargestMessage = Size,
                MostFragments = Math.Max(1, Size / Fragment),
            };
        }

        /// <summary>Made when they are needed, so that nothing large is kept.</summary>
        private IEnumerable<Step> Steps()
        {
            byte[] payload = SampleData.Random(Size, isText: Kind == ReplyKind.Text);
            int opcode = Kind == ReplyKind.Text ? SentFrame.OpcodeOfText : SentFrame.OpcodeOfBinary;
            Step step = Step.InChops(Chop, SentFrame.Split(opcode, payload, Fragment), new Reply(Kind, payload));
            for (int i = 0; i < Count; i++)
                yield return step;
        }
    }
}
