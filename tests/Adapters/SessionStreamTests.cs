using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Tests.Support;
using WsProto.Adapters.Transports;
using WsProto.Extensions;

namespace WsProto.Adapters.Tests;

/// <summary>One large message as a stream, in both directions, while others stay whole.</summary>
public sealed class SessionStreamTests
{
    private const int Piece = 64 * 1024;

    private static readonly WsSessionOptions _streaming = new()
    {
        Connection = new WsConnectionOptions { MaxWholeMessageSize = 1_000, MaxMessageSize = null, MaxFragmentCount = null },
    };

    [Theory]
    [EveryTransport(ConnectionRole.Client)]
    [EveryTransport(ConnectionRole.Server)]
    public async Task What_is_written_is_one_message_in_fragments(TransportKind over, ConnectionRole role)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over, role);
        byte[] data = Noise(3 * Piece);
        Task sending = peer.Session.SendStreamAsync(
            Opcode.Binary,
            async (stream, stop) =>
            {
                await stream.WriteAsync(data.AsMemory(0, 10), stop);
                await stream.WriteAsync(data.AsMemory(10, Piece), stop);
                await stream.FlushAsync(stop);
                await stream.FlushAsync(stop);
                await stream.WriteAsync(data.AsMemory(Piece + 10), stop);
            });
        WireFrame[] frames = await ReadMessageAsync(peer);
        await sending.Soon();
        Assert.Equal(data, frames.SelectMany(frame => frame.Payload));
        Assert.Equal(
            [WireFrame.Binary, .. Enumerable.Repeat(WireFrame.Continuation, frames.Length - 1)],
            frames.Select(frame => frame.Opcode));
        Assert.Equal([Piece, 10], frames[..2].Select(frame => frame.Payload.Length));
        Assert.All(frames, frame => Assert.InRange(frame.Payload.Length, 0, Piece));
        await peer.Session.SendAsync("whole");
        Assert.Equal("whole", (await peer.ReadAsync())!.PayloadText);
    }

    [Theory]
    [EveryTransport]
    public async Task What_is_small_is_one_frame(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        await peer.Session.SendStreamAsync(
            Opcode.Text,
            (stream, stop) => JsonSerializer.SerializeAsync(stream, "grüß", cancellationToken: stop))
            .Soon();
        await peer.Session.SendStreamAsync(Opcode.Binary, new MemoryStream([1, 2])).Soon();
        await peer.Session.SendStreamAsync(Opcode.Text, Stream.Null).Soon();
        WireFrame[] frames = [(await peer.ReadAsync())!, (await peer.ReadAsync())!, (await peer.ReadAsync())!];
        Assert.Equal(
            [(WireFrame.Text, true), (WireFrame.Binary, true), (WireFrame.Text, true)],
            frames.Select(frame => (frame.Opcode, frame.Fin)));
        Assert.Equal("grüß", JsonSerializer.Deserialize<string>(frames[0].Payload));
        Assert.Equal([1, 2], frames[1].Payload);
        Assert.Empty(frames[2].Payload);
    }

    /// <summary>Each octet is a write, and each write is flushed: no fragment that is sent cuts a character.</summary>
    [Theory]
    [EveryTransport]
    public async Task Text_is_cut_between_characters(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        await peer.Session.SendStreamAsync(
            Opcode.Text,
            async (stream, stop) =>
            {
                foreach (byte octet in Encoding.UTF8.GetBytes("aß€𝄞b"))
                {
                    await stream.WriteAsync(new[] { octet }, stop);
                    await stream.FlushAsync(stop);
                }
            }).Soon();
        Assert.Equal(["a", "ß", "€", "𝄞", "b", ""], (await ReadMessageAsync(peer)).Select(frame => frame.PayloadText));
    }

    [Theory]
    [EveryTransport("c3", false)]
    [EveryTransport("ff", false)]
    [EveryTransport("ff", true)]
    [EveryTransport("80808080", true)]
    public async Task Text_that_is_not_utf8_is_refused_and_harms_nothing(TransportKind over, string octets, bool flushes)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        await Assert.ThrowsAsync<ArgumentException>(() => peer.Session.SendStreamAsync(
            Opcode.Text,
            async (stream, stop) =>
            {
                await stream.WriteAsync(Convert.FromHexString(octets), stop);
                if (flushes)
                    await stream.FlushAsync(stop);
            }).Soon());
        await peer.Session.SendAsync("fine");
        Assert.Equal("fine", (await peer.ReadAsync())!.PayloadText);
    }

    [Theory]
    [EveryTransport]
    public async Task Messages_of_others_wait_and_control_frames_do_not(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        var goOn = new TaskCompletionSource();
        Task sending = peer.Session.SendStreamAsync(
            Opcode.Binary,
            async (stream, stop) =>
            {
                await stream.WriteAsync(new byte[] { 1 }, stop);
                await stream.FlushAsync(stop);
                await goOn.Task;
                await stream.WriteAsync(new byte[] { 2 }, stop);
            });
        Assert.Equal([1], (await peer.ReadAsync())!.Payload);
        Task whole = peer.Session.SendAsync(new byte[] { 3 }).AsTask();
        Task asEvent = peer.Session.SendAsync(new BytesMessage(new byte[] { 4 })).AsTask();
        Task other = peer.Session.SendStreamAsync(
            Opcode.Binary,
            async (stream, stop) =>
            {
                await stream.WriteAsync(new byte[] { 5 }, stop);
                await stream.FlushAsync(stop);
                await stream.WriteAsync(new byte[] { 6 }, stop);
            });
        Task fragment = peer.Session.SendAsync(new BytesMessage(new byte[] { 7 }) { MessageFinished = false }).AsTask();
        Assert.False(peer.Session.TrySendBytes(new byte[] { 0 }));
        await peer.SendAsync(WireFrame.Ping, [9]);
        Assert.Equal([9], (await peer.ReadAsync())!.Payload);
        Assert.DoesNotContain(new[] { sending, whole, asEvent, other, fragment }, task => task.IsCompleted);

        goOn.SetResult();
        await Task.WhenAll(sending, whole, asEvent, other, fragment).Soon();
        await peer.Session.SendAsync(new BytesMessage(new byte[] { 8 }));
        var messages = new List<byte[]>();
        while (messages.Count < 5)
            messages.Add([.. (await ReadMessageAsync(peer)).SelectMany(frame => frame.Payload)]);
        Assert.Equal([2], messages[0]);
        Assert.Equal(["03", "04", "0506", "0708"], messages[1..].Select(Convert.ToHexString).Order());
    }

    /// <summary>The peer has the beginning of a message that never ends, so nothing can follow.</summary>
    [Theory]
    [EveryTransport(true)]
    [EveryTransport(false)]
    public async Task What_fails_in_the_middle_closes_the_session(TransportKind over, bool cancels)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over, options: new WsSessionOptions { MaxSendBacklog = 10 * Piece });
        using var cancellation = new CancellationTokenSource();
        Task sending = peer.Session.SendStreamAsync(
            Opcode.Binary,
            async (stream, stop) =>
            {
                await stream.WriteAsync(new byte[Piece + 1], stop);
                await stream.FlushAsync(stop);
                if (!cancels)
                    throw new InvalidDataException("The source has failed.");
                await cancellation.CancelAsync();
                await stream.WriteAsync(new byte[1], stop);
                await stream.FlushAsync(stop);
            },
            cancellation.Token);
        if (cancels)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.Soon());
        else
            await Assert.ThrowsAsync<InvalidDataException>(() => sending.Soon());
        Assert.False((await peer.ReadAsync())!.Fin);
        Assert.False((await peer.ReadAsync())!.Fin);
        WireFrame close = (await peer.ReadAsync())!;
        Assert.Equal((WireFrame.Close, 1011), (close.Opcode, (close.Payload[0] << 8) + close.Payload[1]));
        await Assert.ThrowsAsync<WsClosedException>(() => peer.Session.SendAsync("late").AsTask());
    }

    [Theory]
    [EveryTransport]
    public async Task What_fails_before_anything_was_sent_harms_nothing(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        Stream? kept = null;
        await Assert.ThrowsAsync<InvalidDataException>(() => peer.Session.SendStreamAsync(
            Opcode.Binary,
            async (stream, stop) =>
            {
                kept = stream;
                await stream.WriteAsync(new byte[Piece], stop);
                throw new InvalidDataException("The source has failed.");
            }).Soon());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => kept!.WriteAsync(new byte[1]).AsTask());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => kept!.FlushAsync());
        await Assert.ThrowsAsync<ArgumentException>(() => peer.Session.SendStreamAsync(Opcode.Ping, Stream.Null));
        await Assert.ThrowsAsync<ArgumentNullException>(() => peer.Session.SendStreamAsync(Opcode.Text, (Stream)null!));
        await peer.Session.SendAsync("fine");
        Assert.Equal("fine", (await peer.ReadAsync())!.PayloadText);
    }

    [Theory]
    [EveryTransport]
    public async Task Cancelled_while_it_waits_for_its_turn_sends_nothing(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        using var cancellation = new CancellationTokenSource();
        await peer.Session.SendAsync(new TextMessage("a") { MessageFinished = false });
        Task cancelled = peer.Session.SendStreamAsync(Opcode.Text, new MemoryStream("never"u8.ToArray()), cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.Soon());
        await peer.Session.SendAsync(new TextMessage("b"));
        Assert.Equal("ab", string.Concat((await ReadMessageAsync(peer)).Select(frame => frame.PayloadText)));
        Assert.Equal(ConnectionState.Open, peer.Session.State);
    }

    /// <summary>A write that nobody waits for must not read memory that was given back, nor go unnoticed.</summary>
    [Fact]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    public async Task Write_that_is_not_awaited_is_a_mistake_that_closes_the_session()
    {
        var pool = new CanaryPool();
        await using BarePeer peer =
            BarePeer.Of(options: new WsSessionOptions { Pool = pool }, toPeer: new MemoryTransportOptions { Capacity = 1 });
        Task forgotten = Task.CompletedTask;
        await Assert.ThrowsAsync<InvalidOperationException>(() => peer.Session.SendStreamAsync(
            Opcode.Binary,
            (stream, stop) =>
            {
                while (forgotten.IsCompletedSuccessfully)
                    forgotten = stream.WriteAsync(new byte[Piece], stop).AsTask();
                return Task.CompletedTask;
            }).Soon());
        await Assert.ThrowsAsync<WsClosedException>(() => forgotten.Soon());
        await peer.DisposeAsync();
        Assert.False(pool.WasReturnedTwice);
    }

    /// <summary>Bytes of a second write must not get in between those of the first, whether it sends or only copies.</summary>
    [Theory]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Second_write_while_one_waits_is_refused(bool flushes)
    {
        await using BarePeer peer = BarePeer.Of(toPeer: new MemoryTransportOptions { Capacity = 1 });
        byte[] data = Noise(5 * Piece);
        Task sending = peer.Session.SendStreamAsync(
            Opcode.Binary,
            async (stream, stop) =>
            {
                Task first = stream.WriteAsync(data, stop).AsTask();
                Assert.False(first.IsCompleted);
                await Assert.ThrowsAsync<InvalidOperationException>(
                    () => flushes ? stream.FlushAsync(stop) : stream.WriteAsync(new byte[1], stop).AsTask());
                await first;
            });
        Assert.Equal(data, (await ReadMessageAsync(peer)).SelectMany(frame => frame.Payload));
        await sending.Soon();
    }

    /// <summary>Between two pieces of a write that nobody awaits, the message must not end as if it were whole.</summary>
    [Theory]
    [EveryTransport]
    public async Task Write_that_is_not_awaited_is_no_end_between_its_pieces(TransportKind over)
    {
        var isBetween = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource();
        var pool = new HeldPool(() =>
        {
            isBetween.SetResult();
            goOn.Task.Wait();
        });
        await using BarePeer peer =
            await BarePeer.OverAsync(over, options: new WsSessionOptions { Pool = pool, MaxSendBacklog = 10 * Piece });
        Task forgotten = Task.CompletedTask;
        Task sending = peer.Session.SendStreamAsync(
            Opcode.Binary,
            async (stream, stop) =>
            {
                forgotten = Task.Run(() => stream.WriteAsync(new byte[Piece + 1], stop).AsTask(), stop);
                await isBetween.Task;
            });
        await Assert.ThrowsAsync<InvalidOperationException>(() => sending.Soon());
        goOn.SetResult();
        await forgotten.Soon();
        Assert.Equal((WireFrame.Binary, false), await peer.ReadAsync() is { } first ? (first.Opcode, first.Fin) : default);
        Assert.Equal(WireFrame.Close, (await peer.ReadAsync())!.Opcode);
    }

    /// <summary>The backlog of others is theirs: what a stream has under way takes nothing of it.</summary>
    [Fact]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    public async Task Stream_under_way_makes_no_message_of_others_overflow()
    {
        await using BarePeer peer = BarePeer.Of(
            options: new WsSessionOptions { SendOverflow = SendOverflow.Close }, toPeer: new MemoryTransportOptions { Capacity = 1_000 });
        byte[] data = Noise(10 * Piece);
        Task sending = peer.Session.SendStreamAsync(Opcode.Binary, new MemoryStream(data));
        Assert.False(sending.IsCompleted);
        Task small = peer.Session.SendAsync("small").AsTask();
        Assert.Equal(ConnectionState.Open, peer.Session.State);
        Assert.Equal(data, (await ReadMessageAsync(peer)).SelectMany(frame => frame.Payload));
        Assert.Equal("small", (await peer.ReadAsync())!.PayloadText);
        await Task.WhenAll(sending, small).Soon();

        Task second = peer.Session.SendStreamAsync(Opcode.Binary, new MemoryStream(data));
        Task large = peer.Session.SendAsync(new byte[Piece]).AsTask();
        await Assert.ThrowsAsync<WsClosedException>(() => peer.Session.SendAsync("too much").AsTask().Soon());
        await Assert.ThrowsAsync<WsClosedException>(() => large.Soon());
        await Assert.ThrowsAsync<WsClosedException>(() => second.Soon());
    }

    [Fact]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    public async Task Stream_under_way_drops_no_message_of_others()
    {
        await using BarePeer peer = BarePeer.Of(
            options: new WsSessionOptions { SendOverflow = SendOverflow.DropOldest },
            toPeer: new MemoryTransportOptions { Capacity = 1_000 });
        byte[] data = Noise(10 * Piece);
        Task sending = peer.Session.SendStreamAsync(Opcode.Binary, new MemoryStream(data));
        Assert.False(sending.IsCompleted);
        foreach (string text in new[] { "a", "b", "c" })
            await peer.Session.SendAsync(text).AsTask().Soon();
        Assert.Equal(data, (await ReadMessageAsync(peer)).SelectMany(frame => frame.Payload));
        await sending.Soon();
        foreach (string text in new[] { "a", "b", "c" })
            Assert.Equal(text, (await peer.ReadAsync())!.PayloadText);
    }

    /// <summary>What the stream has left to the transport is no sign of a slow peer either.</summary>
    [Fact]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    public async Task Stream_that_has_ended_makes_no_message_of_others_overflow()
    {
        await using BarePeer peer = BarePeer.Of(
            options: new WsSessionOptions { SendOverflow = SendOverflow.Close }, toPeer: new MemoryTransportOptions { Capacity = 1_000 });
        await peer.Session.SendStreamAsync(Opcode.Binary, new MemoryStream(new byte[Piece])).Soon();
        Task next = peer.Session.SendTextAsync("next").AsTask();
        await ReadMessageAsync(peer);
        Assert.Equal("next", (await peer.ReadAsync())!.PayloadText);
        await next.Soon();

        // Without a stream, the peer is too slow as before.
        while (peer.Session.State == ConnectionState.Open)
            await peer.Session.SendBytesAsync(new byte[1_000]).AsTask().ContinueWith(_ => { }, TaskScheduler.Default).Soon();
        Assert.Equal(
            WsCloseCause.Overflow,
            (await Assert.ThrowsAsync<WsClosedException>(() => peer.Session.SendTextAsync("x").AsTask())).Cause);
    }

    /// <summary>A message far above the backlog, to a peer that reads a little at a time, with each way of overflow.</summary>
    [Theory]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    [InlineData(SendOverflow.Wait)]
    [InlineData(SendOverflow.DropOldest)]
    [InlineData(SendOverflow.Close)]
    public async Task It_goes_as_fast_as_the_peer_reads(SendOverflow overflow)
    {
        var options = new WsSessionOptions { SendOverflow = overflow, MaxSendBacklog = 1_000 };
        await using BarePeer peer = BarePeer.Of(options: options, toPeer: new MemoryTransportOptions { Capacity = 1_000 });
        byte[] data = Noise(10 * Piece);
        Task sending = peer.Session.SendStreamAsync(Opcode.Binary, new MemoryStream(data));
        Assert.InRange(peer.Session.BufferedBytes, 1, 3 * Piece);
        Assert.False(sending.IsCompleted);
        Assert.Equal(data, (await ReadMessageAsync(peer)).SelectMany(frame => frame.Payload));
        await sending.Soon();
        Assert.Equal(ConnectionState.Open, peer.Session.State);
    }

    [Theory]
    [EveryTransport(false)]
    [EveryTransport(true)]
    public async Task Large_messages_are_streams_and_small_ones_whole(TransportKind over, bool compresses)
    {
        var template = new PerMessageDeflate { MinCompressedSize = 0 };
        ExtensionCodec agreed = template.Accept(template.Offer()[0])!;
        (WsTransport near, WsTransport far) = await TransportPair.OpenAsync(over);
        await using WsSession client = Open(near, ConnectionRole.Client, compresses ? [template.Confirm(agreed.Agreed)!] : []);
        await using WsSession server = Open(far, ConnectionRole.Server, compresses ? [agreed] : []);
        byte[] large = Noise(5 * Piece);
        byte[] small = Noise(1_000);
        Task sending = Task.Run(async () =>
        {
            await client.SendAsync(small);
            await client.SendStreamAsync(Opcode.Binary, new MemoryStream(large));
            await client.SendAsync("text");
            await client.SendAsync(large);
            await client.CloseAsync();
        });
        Assert.Equal(new BytesMessage(small), await server.ReceiveAsync().Soon());
        await using (WsMessageStream first = (await server.ReceiveStreamAsync().Soon())!)
        {
            Assert.Equal(Opcode.Binary, first.Kind);
            Assert.Equal(large, await ReadAllAsync(first));
        }

        Assert.Equal(new TextMessage("text"), await server.ReceiveAsync().Soon());
        var copy = new MemoryStream();
        await (await server.ReceiveStreamAsync().Soon())!.CopyToAsync(copy).Soon();
        Assert.Equal(large, copy.ToArray());
        Assert.Null(await server.ReceiveStreamAsync().Soon());
        await sending.Soon();
    }

    /// <summary>
    /// Streams, whole messages and streams that are given up, from many tasks at once; the other end echoes each as a stream.
    /// </summary>
    [Theory]
    [EveryTransport(false)]
    [EveryTransport(true)]
    public async Task Many_at_once_stay_apart_and_give_their_memory_back(TransportKind over, bool compresses)
    {
        const int Senders = 12;
        var pool = new CanaryPool();
        WsSessionOptions options = _streaming with { Pool = pool };
        var template = new PerMessageDeflate { MinCompressedSize = 0 };
        ExtensionCodec agreed = template.Accept(template.Offer()[0])!;
        (WsTransport near, WsTransport far) = await TransportPair.OpenAsync(over);
        await using WsSession client = Open(near, ConnectionRole.Client, compresses ? [template.Confirm(agreed.Agreed)!] : [], options);
        await using WsSession server = Open(far, ConnectionRole.Server, compresses ? [agreed] : [], options);
        Task echoing = Task.Run(async () =>
        {
            while (await server.ReceiveStreamAsync() is { } message)
                await server.SendStreamAsync(message.Kind, message);
        });
        Task sending = Task.WhenAll(Enumerable.Range(0, Senders).Select(i => Task.Run(async () =>
        {
            byte[] data = new byte[(i * 20_000) + 1];
            Array.Fill(data, (byte)i);
            await Assert.ThrowsAsync<InvalidDataException>(() => client.SendStreamAsync(Opcode.Binary, async (stream, stop) =>
            {
                await stream.WriteAsync(data.AsMemory(0, 1), stop);
                throw new InvalidDataException("Given up.");
            }));
            await client.SendAsync(data);
            await client.SendStreamAsync(Opcode.Binary, async (stream, stop) =>
            {
                for (int at = 0; at < data.Length; at += 7_000)
                    await stream.WriteAsync(data.AsMemory(at, Math.Min(7_000, data.Length - at)), stop);
            });
        })));
        var sizes = new List<(byte Value, int Length)>();
        while (sizes.Count < 2 * Senders)
        {
            byte[] echo = await ReadAllAsync((await client.ReceiveStreamAsync().Soon())!);
            sizes.Add((Assert.Single(echo.Distinct()), echo.Length));
        }

        await sending.Soon();
        await client.CloseAsync().Soon();
        await echoing.Soon();
        await client.DisposeAsync();
        await server.DisposeAsync();
        Assert.Equal(Enumerable.Range(0, 2 * Senders).Select(i => ((byte)(i / 2), (i / 2 * 20_000) + 1)), sizes.Order());
        Assert.Equal((0, false), (pool.Outstanding, pool.WasReturnedTwice));
    }

    [Theory]
    [EveryTransport]
    public async Task What_was_not_read_of_a_message_is_dropped(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over, options: _streaming);
        byte[] data = Noise(5_000);
        await peer.SendAsync(WireFrame.Binary, data[..2_000], fin: false);
        WsMessageStream message = (await peer.Session.ReceiveStreamAsync().Soon())!;
        byte[] buffer = new byte[10];
        Assert.Equal(0, await message.ReadAsync(Memory<byte>.Empty).AsTask().Soon());
        Assert.Equal(10, await message.ReadAsync(buffer).AsTask().Soon());
        Assert.Equal(data[..10], buffer);
        await message.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => message.ReadAsync(buffer).AsTask());

        ValueTask<WsMessageStream?> next = peer.Session.ReceiveStreamAsync();
        Assert.False(next.IsCompleted);
        await peer.SendAsync(WireFrame.Continuation, data[2_000..]);
        await peer.SendTextAsync("next");
        Assert.Equal("next", Encoding.UTF8.GetString(await ReadAllAsync((await next.Soon())!)));
    }

    [Theory]
    [EveryTransport(0)]
    [EveryTransport(2_000)]
    public async Task Another_receive_makes_it_stale_and_gets_the_rest(TransportKind over, int read)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over, options: _streaming);
        byte[] data = Noise(5_000);
        await peer.SendAsync(WireFrame.Binary, data[..2_000], fin: false);
        WsMessageStream message = (await peer.Session.ReceiveStreamAsync().Soon())!;
        await message.ReadExactlyAsync(new byte[read]).AsTask().Soon();
        await peer.SendAsync(WireFrame.Continuation, data[2_000..]);
        Assert.Equal(new BytesMessage(data.AsMemory(2_000)), await peer.Session.ReceiveAsync().Soon());
        await Assert.ThrowsAsync<InvalidOperationException>(() => message.ReadAsync(new byte[10]).AsTask());
        await message.DisposeAsync();
        await peer.SendTextAsync("next");
        Assert.Equal("next", Encoding.UTF8.GetString(await ReadAllAsync((await peer.Session.ReceiveStreamAsync().Soon())!)));
    }

    /// <summary>A stream begins with a message. The rest of one whose beginning another receive took must not look like one.</summary>
    [Theory]
    [EveryTransport(false)]
    [EveryTransport(true)]
    public async Task Rest_of_a_message_that_another_receive_began_is_no_stream(TransportKind over, bool isStored)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over, options: _streaming);
        byte[] data = Noise(5_000);
        await peer.SendAsync(WireFrame.Binary, data[..2_000], fin: false);
        Assert.False(Assert.IsType<BytesMessage>(await peer.Session.ReceiveAsync().Soon()).MessageFinished);
        Task<WsMessageStream?>? receiving = isStored ? null : peer.Session.ReceiveStreamAsync().AsTask();
        await peer.SendAsync(WireFrame.Continuation, data[2_000..4_000], fin: false);
        await peer.SendAsync(WireFrame.Ping, [1]);
        Assert.Equal(WireFrame.Pong, (await peer.ReadAsync())!.Opcode);
        receiving ??= peer.Session.ReceiveStreamAsync().AsTask();
        await peer.SendAsync(WireFrame.Continuation, data[4_000..]);
        await peer.SendTextAsync("next");
        WsMessageStream message = (await receiving.Soon())!;
        Assert.Equal(Opcode.Text, message.Kind);
        Assert.Equal("next", Encoding.UTF8.GetString(await ReadAllAsync(message)));
    }

    [Theory]
    [EveryTransport]
    public async Task Skipping_that_is_cancelled_goes_on_with_the_next_receive(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over, options: _streaming);
        await peer.SendAsync(WireFrame.Binary, Noise(2_000), fin: false);
        WsMessageStream message = (await peer.Session.ReceiveStreamAsync().Soon())!;
        using var cancellation = new CancellationTokenSource();
        Task<WsMessageStream?> cancelled = peer.Session.ReceiveStreamAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.Soon());
        await Assert.ThrowsAsync<InvalidOperationException>(() => message.ReadAsync(new byte[1]).AsTask());
        await peer.SendAsync(WireFrame.Continuation, Noise(3_000));
        await peer.SendTextAsync("next");
        Assert.Equal("next", Encoding.UTF8.GetString(await ReadAllAsync((await peer.Session.ReceiveStreamAsync().Soon())!)));
    }

    [Theory]
    [EveryTransport]
    public async Task Cancelled_read_loses_nothing(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over, options: _streaming);
        byte[] data = Noise(5_000);
        await peer.SendAsync(WireFrame.Binary, data[..2_000], fin: false);
        WsMessageStream message = (await peer.Session.ReceiveStreamAsync().Soon())!;
        byte[] received = new byte[5_000];
        await message.ReadExactlyAsync(received.AsMemory(0, 2_000)).AsTask().Soon();
        using var cancellation = new CancellationTokenSource();
        Task<int> cancelled = message.ReadAsync(received.AsMemory(2_000), cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.Soon());
        await peer.SendAsync(WireFrame.Continuation, data[2_000..]);
        await message.ReadExactlyAsync(received.AsMemory(2_000)).AsTask().Soon();
        Assert.Equal(data, received);
        Assert.Equal(0, await message.ReadAsync(new byte[1]).AsTask().Soon());
    }

    [Theory]
    [EveryTransport(true)]
    [EveryTransport(false)]
    public async Task Message_that_does_not_end_is_told(TransportKind over, bool closes)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over, options: _streaming);
        await peer.SendAsync(WireFrame.Text, new byte[2_000], fin: false);
        WsMessageStream message = (await peer.Session.ReceiveStreamAsync().Soon())!;
        await message.ReadExactlyAsync(new byte[2_000]).AsTask().Soon();
        if (closes)
            await peer.SendCloseAsync(1001);
        else
            await peer.Transport.DisposeAsync();
        WsClosedException closed = await Assert.ThrowsAsync<WsClosedException>(() => message.ReadAsync(new byte[1]).AsTask().Soon());
        Assert.Equal(closes ? CloseCode.GoingAway : CloseCode.AbnormalClosure, closed.Code);
        Assert.Null(await peer.Session.ReceiveStreamAsync().Soon());
    }

    /// <summary>The peer sends on and on; what is kept here is bounded by the options while nobody reads.</summary>
    [Fact]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    public async Task Transport_is_read_no_faster_than_the_stream()
    {
        WsSessionOptions options = _streaming with { MaxReceiveBacklog = 10_000 };
        await using BarePeer peer = BarePeer.Of(options: options, toSession: new MemoryTransportOptions { Capacity = 1_000 });
        byte[] data = Noise(40 * Piece);
        Task sending = peer.SendAsync(WireFrame.Binary, data);
        WsMessageStream message = (await peer.Session.ReceiveStreamAsync().Soon())!;
        Assert.False(sending.IsCompleted);
        Assert.Equal(data, await ReadAllAsync(message));
        await sending.Soon();
    }

    [Theory]
    [EveryTransport]
    public async Task Observer_sees_the_pieces(TransportKind over)
    {
        var seen = new List<WsEvent>();
        await using BarePeer peer =
            await BarePeer.OverAsync(over, options: new WsSessionOptions { Observer = (direction, e) => seen.Add(e) });
        await peer.Session.SendStreamAsync(
            Opcode.Text,
            async (stream, stop) =>
            {
                await stream.WriteAsync("a"u8.ToArray(), stop);
                await stream.FlushAsync(stop);
                await stream.WriteAsync("b"u8.ToArray(), stop);
            }).Soon();
        await ReadMessageAsync(peer);
        Assert.Equal([new TextMessage("a") { MessageFinished = false }, new TextMessage("b")], seen);
    }

    private static WsSession Open(
        WsTransport transport, ConnectionRole role, ExtensionCodec[] extensions, WsSessionOptions? options = null) =>
        WsSession.FromEstablished(transport, WsConnection.Established(role, extensions, _streaming.Connection), options ?? _streaming);

    private static byte[] Noise(int length)
    {
        byte[] data = new byte[length];
        new Random(length).NextBytes(data);
        return data;
    }

    private static async Task<byte[]> ReadAllAsync(Stream stream)
    {
        var all = new MemoryStream();
        byte[] buffer = new byte[777];
        while (await stream.ReadAsync(buffer).AsTask().Soon() is var count and > 0)
            await all.WriteAsync(buffer.AsMemory(0, count));
        return all.ToArray();
    }

    /// <summary>Calls somebody before it gives the array that the first write to a stream copies to.</summary>
    private sealed class HeldPool(Action held) : ArrayPool<byte>
    {
        private int _isCalled;

        public override byte[] Rent(int minimumLength)
        {
            if (minimumLength == Piece && Interlocked.Exchange(ref _isCalled, 1) == 0)
                held();
            return Shared.Rent(minimumLength);
        }

        public override void Return(byte[] array, bool clearArray = false) => Shared.Return(array, clearArray);
    }

    private static async Task<WireFrame[]> ReadMessageAsync(BarePeer peer)
    {
        var frames = new List<WireFrame>();
        do
            frames.Add((await peer.ReadAsync())!);
        while (!frames[^1].Fin);
        return [.. frames];
    }
}
