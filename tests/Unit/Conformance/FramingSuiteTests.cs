using System.Globalization;
using static WsProto.Tests.Conformance.SuiteFrame;

namespace WsProto.Tests.Conformance;

/// <summary>1: messages of sizes around those where the form of the length changes.</summary>
[Trait("RFC", "6455 §5.2")]
public class FramingSuiteTests
{
    private static readonly int[] _sizes = [0, 125, 126, 127, 128, 65535, 65536, 65536];

    internal static IReadOnlyList<SuiteCase> Cases { get; } =
    [
        .. _sizes.SelectMany((size, i) => new[] { Echo(1, Opcode.Text, i + 1, size), Echo(2, Opcode.Binary, i + 1, size) })
            .OrderBy(one => one.Id, StringComparer.Ordinal),
    ];

    public static TheoryData<string, ConnectionRole> Data => Suite.InBothRoles(Cases);

    [Theory]
    [MemberData(nameof(Data))]
    public void Both_echo_messages_of_every_length_form(string id, ConnectionRole role) => Suite.Passes(id, role);

    private static SuiteCase Echo(int section, Opcode opcode, int number, int size)
    {
        string chops = number == 8 ? ", in chops of 997 octets" : "";
        return SuiteCase.Clean(
            string.Create(CultureInfo.InvariantCulture, $"1.{section}.{number}"), $"{opcode} of {size} octets{chops}", peer =>
            {
                var message = new SuiteFrame(opcode, Wire.Repeat((byte)(opcode == Opcode.Text ? '*' : 0xFE), size));
                peer.SendInChops(number == 8 ? 997 : int.MaxValue, message);
                peer.Receives(message);
            });
    }
}
