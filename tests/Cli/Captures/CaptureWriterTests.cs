using System.Net;
using WsProto.Cli.Captures;

namespace WsProto.Cli.Tests.Captures;

public sealed class CaptureWriterTests
{
    private static readonly TcpPlace _place = TcpPlace.Of(new IPEndPoint(IPAddress.Loopback, 1));

    /// <summary>The disk is full in the middle of a record, at each place: the file ends with the record before.</summary>
    [Fact]
    public void Full_disk_leaves_a_capture_that_is_whole()
    {
        byte[] all = Written(int.MaxValue, out int failures);
        Assert.Equal(0, failures);
        int[] ends = [.. Ends(all)];
        for (int room = 24; room < all.Length; room++)
        {
            byte[] written = Written(room, out failures);
            Assert.Equal(1, failures);
            Assert.Equal(all[..ends.Last(end => end <= room)], written);
        }
    }

    private static byte[] Written(int room, out int failures)
    {
        int told = 0;
        using var disk = new Disk(room);
        using (var writer = new CaptureWriter(disk, _ => told++))
        {
            CaptureWriter.Connection connection = writer.Open(_place, _place, DateTime.UnixEpoch.Ticks);
            connection.Octets(0, "Hello"u8, DateTime.UnixEpoch.Ticks);
            connection.Octets(1, "you"u8, DateTime.UnixEpoch.Ticks);
            connection.End(0, isReset: false, DateTime.UnixEpoch.Ticks);
            Assert.Equal(told > 0, writer.HasFailed);
        }

        failures = told;
        return disk.ToArray();
    }

    /// <summary>Where the file may end: behind its head and each record.</summary>
    private static IEnumerable<int> Ends(byte[] capture)
    {
        int end = 24;
        for (; end < capture.Length; end += 16 + BitConverter.ToInt32(capture, end + 8))
            yield return end;
        yield return end;
    }

    private sealed class Disk(int room) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            int count = Math.Min(buffer.Length, room - (int)Length);
            base.Write(buffer[..count]);
            if (count < buffer.Length)
                throw new IOException("No space left on device");
        }
    }
}
