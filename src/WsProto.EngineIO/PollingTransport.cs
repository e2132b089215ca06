// The HTTP requests of a session: at most one GET, which waits for packets, and at most one POST, whose body is arriving (Engine.IO
// protocol v4, "HTTP long-polling"). The body is kept until its end, so that packets of an incomplete body are not delivered.

using System;
using System.Buffers;
using System.Collections.Generic;

namespace WsProto.EngineIO;

internal sealed class PollingTransport(EngineIOSession session, Answers answers, Queue<EngineIOEvent> events)
{
    private ArrayBufferWriter<byte>? _body;

    /// <summary>The pending GET.</summary>
    internal EngineIORequest? Poll { get; set; }

    /// <summary>The pending POST.</summary>
    internal EngineIORequest? Post { get; private set; }

    /// <summary>The index of the page's JSONP function, for the whole session; null without JSONP.</summary>
    internal string? JsonpIndex { get; set; }

    /// <summary>Answers the GET with packets of the session. If the response is lost, the packets are lost too.</summary>
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

    /// <summary>Appends to the body. Returns false if it would exceed the maximum size.</summary>
    internal bool TryAppend(ReadOnlySpan<byte> bytes, int maxSize)
    {
        if (bytes.Length > maxSize - _body!.WrittenCount)
            return false;
        _body.Write(bytes);
        return true;
    }

    /// <summary>Takes the payload of the complete body. Returns null if it is not a payload.</summary>
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
