using System.Globalization;

namespace WsProto.Tests.Conformance;

/// <summary>9 and 10: large messages, many fragments, many pieces, many messages. The content is compared, not only its length.</summary>
[Trait("RFC", "6455 §5.2, §5.4")]
public class LimitsSuiteTests
{
    private const int KiB = 1 << 10;
    private const int MiB = 1 << 20;

    private static readonly int[] _sizes = [64 * KiB, 256 * KiB, MiB, 4 * MiB, 8 * MiB, 16 * MiB];
    private static readonly int[] _fragments = [64, 256, KiB, 4 * KiB, 16 * KiB, 64 * KiB, 256 * KiB, MiB, 4 * MiB];
    private static readonly int[] _chops = [64, 128, 256, 512, 1024, 2048];
    private static readonly int[] _roundTrips = [0, 16, 64, 256, 1024, 4096];

    internal static IReadOnlyList<SuiteCase> Cases { get; } =
    [
        .. InBothKinds(1, _sizes, (opcode, size) => Echo(opcode, size, $"of {size:N0} octets")),
        .. InBothKinds(3, _fragments, (opcode, size) => Echo(opcode, 4 * MiB, $"of 4 MiB in fragments of {size:N0}", fragment: size)),
        .. InBothKinds(5, _chops, (opcode, size) => Echo(opcode, MiB, $"of 1 MiB in chops of {size:N0}", chop: size)),
        .. InBothKinds(7, _roundTrips, (opcode, size) => Echo(opcode, size, $"of {size:N0} octets, 1000 times", count: 1000)),
        Named("10.1.1", Echo(Opcode.Text, 64 * KiB, "of 65,536 octets in fragments of 1,300", fragment: 1300)),
    ];

    public static TheoryData<string, ConnectionRole> Data => Suite.InBothRoles(Cases);

    [Theory]
    [MemberData(nameof(Data))]
    public void Both_echo_what_is_large_and_what_is_in_many_pieces(string id, ConnectionRole role) => Suite.Passes(id, role);

    /// <summary>A section for text, and the next one for bytes.</summary>
    private static IEnumerable<SuiteCase> InBothKinds(int section, int[] sizes, Func<Opcode, int, SuiteCase> make) =>
        from kind in new[] { 0, 1 }
        from i in Enumerable.Range(0, sizes.Length)
        select Named(
            string.Create(CultureInfo.InvariantCulture, $"9.{section + kind}.{i + 1}"),
            make(kind == 0 ? Opcode.Text : Opcode.Binary, sizes[i]));

    private static SuiteCase Named(string id, SuiteCase one) => one with { Id = id };

    private static SuiteCase Echo(
        Opcode opcode, int size, FormattableString what, int fragment = int.MaxValue, int chop = int.MaxValue, int count = 1) =>
        Echo(opcode, size, what.ToString(CultureInfo.InvariantCulture), fragment, chop, count);

    private static SuiteCase Echo(
        Opcode opcode, int size, string what, int fragment = int.MaxValue, int chop = int.MaxValue, int count = 1) =>
        SuiteCase.Clean("", $"{opcode} {what}", peer =>
        {
            byte[] payload = Payload(opcode, size);
            var message = new SuiteFrame(opcode, payload);
            SuiteFrame[] frames = fragment < size ? SuiteFrame.Message(opcode, payload, fragment) : [message];
            Assert.Equal(Math.Max(1, (size + (long)fragment - 1) / fragment), frames.Length);
            for (int i = 0; i < count; i++)
            {
                peer.SendInChops(chop, frames);
                peer.Receives(message);
            }
        });

    private static byte[] Payload(Opcode opcode, int size)
    {
        byte[] payload = new byte[size];
        new Random(size).NextBytes(payload);
        for (int i = 0; opcode == Opcode.Text && i < size; i++)
            payload[i] = (byte)(' ' + (payload[i] & 0x3F));
        return payload;
    }
}
