using System.Buffers;
using FsCheck;
using FsCheck.Fluent;

namespace WsProto.Tests.Laws;

/// <summary>A writer of the caller's may throw at any step. Never is a frame cut and more sent behind it (RFC 6455 §5.4).</summary>
[Trait("RFC", "6455 §5.4")]
public class FailingWriterLaws
{
    [Fact]
    public void Send_that_fails_leaves_nothing_or_the_end()
    {
        var cases = Arb.From(
            from role in Gen.Elements(ConnectionRole.Client, ConnectionRole.Server)
            from size in Gen.Frequency((1, Gen.Choose(0, 200)), (3, Gen.Choose(60_000, 400_000)))
            from steps in Gen.Choose(0, 7)
            select (role, size, steps));
        Law.Holds(cases, Law.Few, asked =>
        {
            using WsConnection connection = WsConnection.Established(asked.role);
            var output = new Writer(asked.steps);
            var message = new BytesMessage(new byte[asked.size]);
            bool failed = false;
            try
            {
                connection.Send(message, output);
            }
            catch (IOException)
            {
                failed = true;
            }

            bool isCut = failed && output.WrittenCount > 0;
            Assert.Equal(!isCut, connection.CanSend(message));
            Assert.Equal(isCut ? ConnectionState.Closed : ConnectionState.Open, connection.State);
            if (isCut)
                Assert.Equal(LocalProtocolError.SendFailed, Assert.Throws<LocalProtocolException>(() => connection.Send(message)).Error);
            else
                Assert.NotEmpty(connection.Send(message));
        });
    }

    /// <summary>Takes so many steps and throws at the next.</summary>
    private sealed class Writer(int steps) : IBufferWriter<byte>
    {
        private readonly ArrayBufferWriter<byte> _inner = new();
        private int _left = steps;

        public int WrittenCount => _inner.WrittenCount;

        public void Advance(int count) => _inner.Advance(count);

        public Memory<byte> GetMemory(int sizeHint = 0) => _left-- > 0 ? _inner.GetMemory(sizeHint) : throw new IOException();

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
    }
}
