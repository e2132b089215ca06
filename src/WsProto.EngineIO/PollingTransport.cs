// A session's HTTP requests: at most one GET, which waits for packets, and at most one POST, whose body is arriving (Engine.IO protocol v4,
// "HTTP long-polling"). The body is kept until its end, as packets of a body that is cut off are not delivered.

using System;
using System.Buffers;
using System.Collections.Generic;

namespace WsProto.EngineIO;

internal sealed class PollingTransport(EngineIOSession session, Answers answers, Queue<EngineIOEvent> events)
{
    private ArrayBufferWriter<byte>? _body;

    /// <summary>The GET that is pending.</summary>
    internal EngineIORequest? Poll { get; set; }

    /// <summary>The POST that is pending.</summary>
    internal EngineIORequest? Post { get; private set; }

    /// <summary>The index of the page's function, for the whole session; null if this is no JSONP polling.</summary>
    internal string? JsonpIndex { get; set; }

    /// <summary>Answers the GET with packets of the session. If the answer is lost, they are.</summary>
    internal void AnswerPoll(ReadOnlyMemory<byte> payload, IReadOnlyList<KeyValuePair<string, string>> extraHeaders)
    {
        Poll!.AnsweredBy = session;
        events.Enqueue(answers.Poll(Poll, payload, JsonpIndex, extraHeaders));
        Poll = null;
    }

    /// <summary>Answers the GET, if there is one, with a packet of the protocol.</summary>
    internal void AnswerPoll(Packet packet)
    {
        if (Poll is null)
            return;
        events.Enqueue(answers.Poll(Poll, packet.InPayload, JsonpIndex, []));
        Poll = null;
    }

    internal void BeginPost(EngineIORequest request)
    {
        Post = request;
        _body = new();
    }

    /// <summary>Adds to the body, or says that it becomes larger than it may.</summary>
    internal bool TryAppend(ReadOnlySpan<byte> bytes, int maxSize)
    {
        if (bytes.Length > maxSize - _body!.WrittenCount)
            return false;
        _body.Write(bytes);
        return true;
    }

    /// <summary>The payload of the body that has ended; null if it is none.</summary>
    internal ReadOnlyMemory<byte>? TakePayload()
    {
        ReadOnlyMemory<byte> body = _body!.WrittenMemory;
        _body = null;
        return JsonpIndex is null ? body : Jsonp.Unwrap(body.Span);
    }

    internal void AnswerPost()
    {
        events.Enqueue(answers.Post(Post!));
        DropPost();
    }

    /// <summary>Refuses the POST, if there is one.</summary>
    internal void RefusePost(EngineIOError error, string? message = null)
    {
        if (Post is null)
            return;
        events.Enqueue(answers.Refusal(Post, error, message));
        DropPost();
    }

    internal void DropPost()
    {
        Post = null;
        _body = null;
    }
}
