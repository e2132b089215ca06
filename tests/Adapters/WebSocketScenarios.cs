using System.Net.WebSockets;
using System.Text;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

/// <summary>Something that is done with a WebSocket, in either role.</summary>
internal sealed record WebSocketScenario(string Name, Func<WebSocketBench, Task> Play)
{
    /// <summary>Whether the peer answers a Close by itself. Default: true.</summary>
    internal bool PeerAnswersClose { get; init; } = true;

    /// <summary>For ours; the base class library's has none of these.</summary>
    internal WsSessionOptions? Options { get; init; }
}

/// <summary>What is done over the base class library's WebSocket and over ours, to be compared.</summary>
internal static class WebSocketScenarios
{
    private const WebSocketMessageType Text = WebSocketMessageType.Text;
    private const WebSocketMessageType Binary = WebSocketMessageType.Binary;
    private static readonly CancellationToken _cancelled = new(canceled: true);

    private static readonly WsSessionOptions _quiet =
        new() { KeepAliveInterval = null, TimeProvider = new ManualTime(), Connection = WebSocketBench.Unlimited };

    internal static IReadOnlyList<WebSocketScenario> All { get; } =
    [
        // Receiving.
        new("receive a text", async b =>
        {
            b.Peer.SendText("hello");
            await b.ReceiveAsync();
        }),
        new("receive bytes", async b =>
        {
            b.Peer.SendBytes([1, 2, 3]);
            await b.ReceiveAsync();
        }),
        new("receive piece by piece", async b =>
        {
            b.Peer.SendText("hello world");
            await b.ReceiveAsync(4);
            await b.ReceiveAsync(4);
            await b.ReceiveAsync(4);
        }),
        new("receive into a buffer that just fits", async b =>
        {
            b.Peer.SendBytes([1, 2, 3]);
            b.Peer.SendText("next");
            await b.ReceiveAsync(3);
            await b.ReceiveAsync(4);
        }),
        new("receive characters that the buffer cuts", async b =>
        {
            b.Peer.SendText("aé€😀z");
            for (int i = 0; i < 11; i++)
                await b.ReceiveAsync(1);
            b.Peer.SendText("é€😀z");
            await b.ReceiveAsync(3);
            await b.ReceiveAsync(3);
            await b.ReceiveAsync(3);
            await b.ReceiveAsync(3);
        }),
        new("receive empty messages", async b =>
        {
            b.Peer.SendText("");
            b.Peer.SendBytes([]);
            await b.ReceiveAsync();
            await b.ReceiveAsync();
        }),
        new("receive with an empty buffer", async b =>
        {
            b.Peer.SendText("hi");
            await b.ReceiveAsync(0);
            await b.ReceiveAsync(0);
            await b.ReceiveAsync(1);
            await b.ReceiveAsync(0);
            await b.ReceiveAsync(1);
        }),
        new("receive an empty message with an empty buffer", async b =>
        {
            b.Peer.SendBytes([]);
            b.Peer.SendText("next");
            await b.ReceiveAsync(0);
            await b.ReceiveAsync();
        }),
        new("receive a Close with an empty buffer", async b =>
        {
            b.Peer.Send(new CloseConnection(CloseCode.NormalClosure));
            await b.ReceiveAsync(0);
            await b.CloseAsync();
        }),
        new("wait with an empty buffer", async b =>
        {
            Task<string> pending = WebSocketBench.Begin(b.StartReceive(0));
            b.Peer.SendText("hi");
            await b.EndAsync("receive(0)", pending);
            await b.ReceiveAsync();
        }),
        new("receive a message in fragments", async b =>
        {
            b.Peer.SendText("one ", finished: false);
            b.Peer.SendText("two", finished: true);
            await b.SettleAsync();
            await b.ReceiveAsync();
            b.Peer.SendText("three");
            await b.ReceiveAsync();
            await b.SendAsync("done");
        }),
        new("receive a message in fragments, in the pieces of MessageDelivery.Chunks", async b =>
        {
            b.Peer.SendText("one ", finished: false);
            await b.ReceiveAsync();
            b.Peer.SendText("", finished: false);
            b.Peer.SendText("two", finished: true);
            await b.ReceiveAsync();
            await b.ReceiveAsync();
            b.Peer.SendText("half", finished: false);
            b.Peer.Send(new CloseConnection(CloseCode.NormalClosure));
            await b.ReceiveAsync();
            await b.ReceiveAsync();
            await b.CloseAsync();
        })
        {
            Options = _quiet with { Connection = WebSocketBench.Unlimited with { MessageDelivery = MessageDelivery.Chunks } },
        },
        new("receive a big message", async b =>
        {
            b.Peer.SendBytes(new byte[3_000_000]);
            await b.ReceiveAsync(1_000_000);
            await b.ReceiveAsync(2_500_000);
        }),
        new("receive a message above MaxMessageSize", async b =>
        {
            b.Peer.SendBytes(new byte[1024 * 1024 + 1]);
            await b.ReceiveAsync(2_000_000);
        })
        {
            Options = _quiet with { Connection = WsConnectionOptions.Default },
        },
        new("receive into segments", async b =>
        {
            b.Peer.SendText("hello");
            await b.ReceiveSegmentAsync(new ArraySegment<byte>(new byte[8], 2, 3));
            await b.ReceiveSegmentAsync(new byte[8]);
            b.Peer.Send(new CloseConnection(CloseCode.GoingAway, "bye"));
            await b.ReceiveSegmentAsync(new byte[8]);
        }),
        new("receive without an array", b => b.ReceiveSegmentAsync(default)),
        new("receive after a Ping", async b =>
        {
            b.Peer.Send(new Ping("are you there"u8.ToArray()));
            b.Peer.SendText("hello");
            await b.ReceiveAsync();
            await b.SendAsync("x");
        }),
        new("never receive a Ping", async b =>
        {
            b.Peer.Send(new Ping("are you there"u8.ToArray()));
            await b.SettleAsync();
            await b.SendAsync("x");
        }),
        new("receive cancelled before", async b =>
        {
            b.Peer.SendText("hello");
            await b.ReceiveAsync(cancellationToken: _cancelled);
            await b.ReceiveAsync();
        }),
        new("receive cancelled while waiting", async b =>
        {
            using var cancel = new CancellationTokenSource();
            Task<string> pending = WebSocketBench.Begin(b.StartReceive(cancellationToken: cancel.Token));
            await cancel.CancelAsync();
            await b.EndAsync("receive, cancelled", pending);
            await b.SendAsync("still there");
            b.Peer.End();
            await b.SettleAsync();
        }),
        new("two receives at once", async b =>
        {
            Task<string> first = WebSocketBench.Begin(b.StartReceive());
            Task<string> second = WebSocketBench.Begin(b.StartReceive());
            b.Peer.SendText("one");
            b.Peer.SendText("two");
            await b.EndAsync("receive, first", first);
            await b.EndAsync("receive, second", second);
        }),

        // Sending.
        new("send a text", b => b.SendAsync("hello")),
        new("send bytes", b => b.SendAsync([1, 2, 3], Binary)),
        new("send empty messages", async b =>
        {
            await b.SendAsync("");
            await b.SendAsync([], Binary);
        }),
        new("send fragments", async b =>
        {
            await b.SendAsync("one ", finished: false);
            await b.SendAsync("", finished: false);
            await b.SendAsync("two", finished: true);
            await b.SendAsync([3], Binary);
        }),
        new("send an empty last fragment", async b =>
        {
            await b.SendAsync([1, 2], Binary, finished: false);
            await b.SendAsync([], Binary, finished: true);
        }),
        new("send fragments of two types", async b =>
        {
            await b.SendAsync("one ", finished: false);
            await b.SendAsync("two"u8.ToArray(), Binary, finished: true);
            await b.SendAsync([1], Binary, finished: false);
            await b.SendAsync("a", finished: true);
        }),
        new("send fragments that cut a character", async b =>
        {
            byte[] text = Encoding.UTF8.GetBytes("a€😀z");
            for (int i = 0; i < text.Length; i++)
                await b.SendAsync([text[i]], Text, finished: i == text.Length - 1);
        }),
        new("send text that is not UTF-8", async b =>
        {
            await b.SendAsync([0x61, 0xFF], Text);
            await b.SendAsync("next");
        }),
        new("send text that ends inside a character", async b =>
        {
            await b.SendAsync([0x61, 0xE2, 0x82], Text);
            await b.SendAsync("next");
        }),
        new("send fragments with and without compression", async b =>
        {
            await b.SendFlagsAsync("one ", WebSocketMessageFlags.DisableCompression);
            await b.SendFlagsAsync("two", WebSocketMessageFlags.EndOfMessage);
            await b.SendFlagsAsync("two", WebSocketMessageFlags.EndOfMessage | WebSocketMessageFlags.DisableCompression);
        }),
        new("send a Close as message", b => b.SendAsync([], WebSocketMessageType.Close)),
        new("send an unknown type", b => b.SendAsync([], (WebSocketMessageType)7)),
        new("send segments", async b =>
        {
            await b.SendSegmentAsync(new ArraySegment<byte>([1, 2, 3, 4], 1, 2), Binary);
            await b.SendSegmentAsync("ab"u8.ToArray(), Text);
        }),
        new("send without an array", b => b.SendSegmentAsync(default, Binary)),
        new("send a Close as segment without an array", b => b.SendSegmentAsync(default, WebSocketMessageType.Close)),
        new("send a big message", b => b.SendAsync(new byte[3_000_000], Binary)),
        new("send cancelled before", async b =>
        {
            await b.SendAsync("never", cancellationToken: _cancelled);
            await b.SendAsync("hello");
        }),
        new("sends at once", async b =>
        {
            await b.StepAsync("send 100 at once", async () =>
            {
                await Task.WhenAll(
                    Enumerable.Range(0, 100).Select(_ => b.Socket.SendAsync("x"u8.ToArray().AsMemory(), Text, true, default).AsTask()));
                return "done";
            });
        }),

        // Closing, this side first.
        new("close", async b =>
        {
            await b.CloseAsync(1000, "bye");
            await b.StatusAsync();
        }),
        new("close, then everything else", async b =>
        {
            await b.CloseAsync();
            await b.SendAsync("x");
            await b.ReceiveAsync();
            await b.CloseAsync();
            await b.CloseOutputAsync();
            await b.AbortAsync();
            await b.DisposeAsync();
            await b.SendAsync("x");
            await b.StatusAsync();
        }),
        new("close with messages under way", async b =>
        {
            b.Peer.SendText("one");
            b.Peer.SendText("two");
            await b.SettleAsync();
            await b.CloseAsync();
            await b.ReceiveAsync();
            await b.StatusAsync();
        }),
        new("close while a receive waits", async b =>
        {
            Task<string> pending = WebSocketBench.Begin(b.StartReceive());
            await b.CloseAsync();
            await b.EndAsync("receive", pending);
        }),
        new("close the output, receive the rest", async b =>
        {
            b.Peer.SendText("before");
            await b.CloseOutputAsync(1001, "bye");
            await b.SendAsync("x");
            await b.CloseOutputAsync();
            await b.ReceiveAsync();
            await b.ReceiveAsync();
            await b.StatusAsync();
            await b.ReceiveAsync();
        }),
        new("close the output, receive much", async b =>
        {
            await b.CloseOutputAsync();
            for (int i = 0; i < 100; i++)
                b.Peer.SendFrame(0x82, new byte[10_000]);
            await b.StepAsync("receive all", async () =>
            {
                long sum = 0;
                byte[] buffer = new byte[4096];
                while (sum < 1_000_000)
                    sum += (await b.Socket.ReceiveAsync(buffer.AsMemory(), default)).Count;
                return $"{sum} bytes";
            });
            b.Peer.Send(new CloseConnection(CloseCode.NormalClosure));
            await b.ReceiveAsync();
        })
        {
            PeerAnswersClose = false,
        },
        new("close the output, then close", async b =>
        {
            await b.CloseOutputAsync(1001, "bye");
            await b.CloseAsync(1000, "ignored");
            await b.StatusAsync();
        }),
        new("close the output, then dispose", async b =>
        {
            await b.SendAsync("hello");
            await b.CloseOutputAsync();
            await b.DisposeAsync();
        }),
        new("close cancelled before", async b =>
        {
            await b.CloseAsync(cancellationToken: _cancelled);
            await b.SendAsync("x");
        }),
        new("close the output, cancelled before", async b =>
        {
            await b.CloseOutputAsync(cancellationToken: _cancelled);
            await b.SendAsync("x");
        }),
        new("close cancelled while waiting", async b =>
        {
            using var cancel = new CancellationTokenSource();
            Task<string> pending = WebSocketBench.Begin(b.StartClose(cancellationToken: cancel.Token));
            await b.Peer.NextAsync();
            await cancel.CancelAsync();
            await b.EndAsync("close, cancelled", pending);
            await b.CloseOutputAsync();
        })
        {
            PeerAnswersClose = false,
        },
        new("close in the middle of a message", async b =>
        {
            await b.SendAsync("one ", finished: false);
            await b.CloseAsync();
        }),
        new("close with a reason of 123 bytes", b => b.CloseAsync(1000, new string('x', 123))),
        new("close with a reason of 124 bytes", b => b.CloseAsync(1000, new string('x', 124))),
        new("close with a reason that holds a lone surrogate", async b =>
        {
            await b.CloseAsync(1000, "\uD800");
            await b.CloseOutputAsync(1000, "\uD800");
        }),
        new("close without a code", b => b.CloseAsync((int)WebSocketCloseStatus.Empty)),
        new("close without a code but with a reason", b => b.CloseAsync((int)WebSocketCloseStatus.Empty, "why")),
        new("close with codes that may not be sent", async b =>
        {
            foreach (int code in new[] { 0, 999, 1006, 1015 })
                await b.CloseAsync(code);
            await b.CloseOutputAsync(1006);
        }),
        new("close with code 1004", b => b.CloseOutputAsync(1004)),
        new("close with code 1016", b => b.CloseOutputAsync(1016)),
        new("close with code 5000", b => b.CloseOutputAsync(5000)),
        new("close with codes of one's own", b => b.CloseAsync(4999, "mine")),
        new("close with code 1010", b => b.CloseOutputAsync(1010)),

        // Closing, the peer first.
        new("the peer closes", async b =>
        {
            b.Peer.SendText("last");
            b.Peer.Send(new CloseConnection(CloseCode.GoingAway, "bye"));
            await b.SettleAsync();
            await b.StatusAsync();
            await b.ReceiveAsync();
            await b.ReceiveAsync();
            await b.StatusAsync();
            await b.ReceiveAsync();
            await b.CloseAsync(1000, "bye too");
            await b.StatusAsync();
        }),
        new("the peer closes, the output is closed", async b =>
        {
            b.Peer.Send(new CloseConnection(CloseCode.NormalClosure));
            await b.ReceiveAsync();
            await b.CloseOutputAsync(1000, "bye too");
            await b.StatusAsync();
            await b.CloseOutputAsync();
            await b.CloseAsync();
        }),
        new("the peer closes without a code", async b =>
        {
            b.Peer.Send(new CloseConnection(CloseCode.NoStatusReceived));
            await b.ReceiveAsync();
            await b.StatusAsync();
            await b.CloseAsync();
        }),
        new("the peer closes, and nobody answers", async b =>
        {
            b.Peer.Send(new CloseConnection(CloseCode.NormalClosure));
            await b.ReceiveAsync();
            await b.DisposeAsync();
        }),
        new("the peer closes in the middle of our message", async b =>
        {
            await b.SendAsync("one ", finished: false);
            b.Peer.Send(new CloseConnection(CloseCode.NormalClosure));
            await b.ReceiveAsync();
            await b.SendAsync("two", finished: true);
            await b.CloseAsync();
        }),
        new("the peer closes, and more is sent", async b =>
        {
            b.Peer.Send(new CloseConnection(CloseCode.NormalClosure));
            await b.ReceiveAsync();
            await b.SendAsync("one more");
            await b.CloseAsync();
        }),
        new("the peer closes behind a message, and more is sent", async b =>
        {
            b.Peer.SendText("last");
            b.Peer.Send(new CloseConnection(CloseCode.NormalClosure));
            await b.SettleAsync();
            await b.SendAsync("one more");
            await b.ReceiveAsync();
            await b.ReceiveAsync();
            await b.CloseAsync();
        }),
        new("the peer closes in the middle of its message", async b =>
        {
            b.Peer.SendText("half", finished: false);
            b.Peer.Send(new CloseConnection(CloseCode.NormalClosure));
            await b.ReceiveAsync();
            if (b.Socket.State == WebSocketState.Open)
                await b.ReceiveAsync();
            else
                await b.StepAsync("(nothing more)", () => Task.FromResult("done"));
            await b.CloseAsync();
        }),
        new("both close at once", async b =>
        {
            b.Peer.Send(new CloseConnection(CloseCode.GoingAway));
            await b.CloseAsync(1000);
            await b.StatusAsync();
        }),
        new("both close their output at once", async b =>
        {
            await b.CloseOutputAsync(1000);
            await b.ReceiveAsync();
            await b.StatusAsync();
        }),

        // The transport is lost, the peer breaks the rules.
        new("the transport ends", async b =>
        {
            b.Peer.SendText("last");
            b.Peer.End();
            await b.ReceiveAsync();
            await b.ReceiveAsync();
            await b.StatusAsync();
            await b.ReceiveAsync();
            await b.CloseAsync();
        }),
        new("the transport ends while a receive waits", async b =>
        {
            Task<string> pending = WebSocketBench.Begin(b.StartReceive());
            b.Peer.End();
            await b.EndAsync("receive", pending);
        }),
        new("the transport ends inside a header", async b =>
        {
            b.Peer.SendRaw(0x82);
            b.Peer.End();
            await b.ReceiveAsync();
        }),
        new("the transport ends inside a message", async b =>
        {
            b.Peer.SendBytes([1, 2], finished: false);
            b.Peer.End();
            await b.SettleAsync();
            await b.ReceiveAsync();
            await b.ReceiveAsync();
        }),
        new("the transport ends inside a frame", async b =>
        {
            b.Peer.SendRaw(b.Peer.FrameHead(0x82, 5));
            b.Peer.SendRaw(1, 2);
            b.Peer.End();
            await b.ReceiveAsync();
        }),
        new("the transport fails while a receive waits", async b =>
        {
            Task<string> pending = WebSocketBench.Begin(b.StartReceive());
            b.Peer.Break();
            await b.EndAsync("receive", pending);
            await b.SendAsync("x");
        }),
        new("the transport fails before a send", async b =>
        {
            b.Peer.Break();
            await b.SettleAsync();
            await b.SendAsync("x");
            await b.SendAsync("y");
            await b.ReceiveAsync();
        }),
        new("the transport fails before a close", async b =>
        {
            b.Peer.Break();
            await b.CloseAsync();
        }),
        new("the transport fails before the output is closed", async b =>
        {
            b.Peer.Break();
            await b.CloseOutputAsync();
        }),
        new("the transport ends before the peer's Close", async b =>
        {
            Task<string> pending = WebSocketBench.Begin(b.StartClose());
            await b.Peer.NextAsync();
            b.Peer.End();
            await b.EndAsync("close", pending);
            await b.StatusAsync();
        })
        {
            PeerAnswersClose = false,
        },
        new("the peer sends reserved bits", b => BrokenAsync(b, 0xF2)),
        new("the peer sends an unknown opcode", b => BrokenAsync(b, 0x83)),
        new("the peer sends a continuation of nothing", b => BrokenAsync(b, 0x80)),
        new("the peer sends a Ping in fragments", b => BrokenAsync(b, 0x09)),
        new("the peer sends text that is not UTF-8", b => BrokenAsync(b, 0x81, 0xFF)),
        new("the peer sends a Close of one byte", b => BrokenAsync(b, 0x88, 1)),
        new("the peer sends a Close with code 999", b => BrokenAsync(b, 0x88, 3, 0xE7)),
        new("the peer sends a Close whose reason is not UTF-8", b => BrokenAsync(b, 0x88, 3, 0xE8, 0xFF)),
        new("the peer breaks the rules behind a message", async b =>
        {
            b.Peer.SendText("good");
            b.Peer.SendFrame(0xF2);
            await b.SettleAsync();
            await b.ReceiveAsync();
            await b.ReceiveAsync();
        }),
        new("the peer breaks the rules while this side closes", async b =>
        {
            Task<string> pending = WebSocketBench.Begin(b.StartClose());
            await b.Peer.NextAsync();
            b.Peer.SendFrame(0xF2);
            await b.EndAsync("close", pending);
        })
        {
            PeerAnswersClose = false,
        },

        // Abort and Dispose.
        new("abort, then everything else", async b =>
        {
            await b.AbortAsync();
            await b.SendAsync("x");
            await b.ReceiveAsync();
            await b.CloseAsync();
            await b.CloseOutputAsync();
            await b.AbortAsync();
            await b.DisposeAsync();
            await b.ReceiveAsync();
        }),
        new("dispose, then everything else", async b =>
        {
            await b.DisposeAsync();
            await b.SendAsync("x");
            await b.ReceiveAsync();
            await b.CloseAsync();
            await b.CloseOutputAsync();
            await b.AbortAsync();
            await b.DisposeAsync();
        }),
        new("abort with messages that nobody received", async b =>
        {
            b.Peer.SendText("hello");
            await b.SettleAsync();
            await b.AbortAsync();
            await b.ReceiveAsync();
        }),
        new("abort while a receive waits", async b =>
        {
            Task<string> pending = WebSocketBench.Begin(b.StartReceive());
            await b.AbortAsync();
            await b.EndAsync("receive", pending);
        }),
        new("dispose while a receive waits", async b =>
        {
            Task<string> pending = WebSocketBench.Begin(b.StartReceive());
            await b.DisposeAsync();
            await b.EndAsync("receive", pending);
        }),
        new("abort while a close waits", async b =>
        {
            Task<string> pending = WebSocketBench.Begin(b.StartClose());
            await b.Peer.NextAsync();
            await b.AbortAsync();
            await b.EndAsync("close", pending);
        })
        {
            PeerAnswersClose = false,
        },
        new("dispose while a close waits", async b =>
        {
            Task<string> pending = WebSocketBench.Begin(b.StartClose());
            await b.Peer.NextAsync();
            await b.DisposeAsync();
            await b.EndAsync("close", pending);
        })
        {
            PeerAnswersClose = false,
        },
        new("dispose after a send", async b =>
        {
            await b.SendAsync("hello");
            await b.DisposeAsync();
        }),
        new("wrong arguments in a wrong state", async b =>
        {
            await b.AbortAsync();
            await b.CloseAsync(1006);
            await b.CloseOutputAsync(1000, new string('x', 124));
            await b.SendAsync([], WebSocketMessageType.Close);
            await b.SendSegmentAsync(default, Binary);
            await b.ReceiveSegmentAsync(default);
        }),
        new("cancelled in a wrong state", async b =>
        {
            await b.AbortAsync();
            await b.ReceiveAsync(cancellationToken: _cancelled);
            await b.SendAsync("x", cancellationToken: _cancelled);
            await b.CloseAsync(cancellationToken: _cancelled);
        }),
    ];

    private static async Task BrokenAsync(WebSocketBench bench, byte first, params byte[] payload)
    {
        bench.Peer.SendFrame(first, payload);
        await bench.ReceiveAsync();
        await bench.StatusAsync();
        await bench.SendAsync("x");
    }
}
