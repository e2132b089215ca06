using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using WsProto.Extensions;

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

    /// <summary>
    /// What a writer did not take is no part of what the other end has: where the connection goes on, later messages, which may refer to
    /// earlier ones, are read as they were sent (RFC 7692 §7.2.1).
    /// </summary>
    [Fact]
    [Trait("RFC", "7692 §7.2.1")]
    public void Messages_after_a_send_that_failed_are_read_as_they_were_sent()
    {
        var cases = Arb.From(
            from sender in Gen.Elements(ConnectionRole.Client, ConnectionRole.Server)
            from sizes in Gen.Choose(1, 3_000).ListOf(6)
            from fails in Gen.Choose(0, 5)
            from seed in Gen.Choose(0, 1_000_000)
            select (sender, sizes, fails, seed));
        Law.Holds(cases, Law.Few, sent =>
        {
            using Link link = Link.Connected(
                new Request("example.com", "/") { Extensions = [new PerMessageDeflate()] },
                new AcceptConnection { Extensions = [new PerMessageDeflate()] });
            WsConnection sender = sent.sender == ConnectionRole.Client ? link.Client : link.Server;
            WsConnection receiver = sent.sender == ConnectionRole.Client ? link.Server : link.Client;
            // The messages repeat each other, so a history is worth having.
            string words = string.Join(' ', Enumerable.Range(sent.seed, 600));
            for (int i = 0; i < sent.sizes.Count; i++)
            {
                var message = new TextMessage(words[..Math.Min(words.Length, sent.sizes[i])]);
                var output = new Writer(i == sent.fails ? 0 : int.MaxValue);
                try
                {
                    sender.Send(message, output);
                }
                catch (IOException)
                {
                    Assert.Equal(0, output.WrittenCount);
                    continue;
                }
                catch (LocalProtocolException e)
                {
                    // A codec that cannot forget ends the sending of data.
                    Assert.True(i > sent.fails);
                    Assert.Equal(LocalProtocolError.ExtensionFailed, e.Error);
                    continue;
                }

                Assert.Equal([message], receiver.Read(output.Written));
            }
        });
    }

    /// <summary>Takes so many steps and throws at the next.</summary>
    private sealed class Writer(int steps) : IBufferWriter<byte>
    {
        private readonly ArrayBufferWriter<byte> _inner = new();
        private int _left = steps;

        public int WrittenCount => _inner.WrittenCount;

        public byte[] Written => _inner.WrittenSpan.ToArray();

        public void Advance(int count) => _inner.Advance(count);

        public Memory<byte> GetMemory(int sizeHint = 0) => _left-- > 0 ? _inner.GetMemory(sizeHint) : throw new IOException();

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
    }
}
