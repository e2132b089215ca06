// What was asked of other servers, and what they have said so far.

using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>The questions to other servers that are open.</summary>
internal sealed class RemoteCalls
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, RemoteCall> _calls = [];
    private long _lastId;

    internal int Count
    {
        get
        {
            lock (_lock)
                return _calls.Count;
        }
    }

    internal RemoteCall Open(IReadOnlyList<string> servers, RemoteCallKind kind)
    {
        lock (_lock)
        {
            var call = new RemoteCall(++_lastId, servers, kind);
            _calls.Add(call.Id, call);
            return call;
        }
    }

    internal void Close(RemoteCall call)
    {
        lock (_lock)
            _calls.Remove(call.Id);
    }

    /// <summary>A client elsewhere has answered. What nobody waits for, or not any more, is ignored.</summary>
    internal void Answer(ServerAnswer answer) => Find(answer.Call.Id)?.Answer(answer.Origin, answer.Arguments);

    /// <summary>A server has said how many it has asked.</summary>
    internal void Expect(ServerCounted counted) => Find(counted.Id)?.Expect(counted.Origin, counted.Count);

    /// <summary>A server is gone.</summary>
    internal void Lose(string server)
    {
        RemoteCall[] calls;
        lock (_lock)
            calls = [.. _calls.Values];
        foreach (RemoteCall call in calls)
            call.Lose(server);
    }

    private RemoteCall? Find(long id)
    {
        lock (_lock)
            return _calls.GetValueOrDefault(id);
    }
}

internal enum RemoteCallKind
{
    /// <summary>It is whole when each server has said how many clients it has.</summary>
    Count,

    /// <summary>It is whole when all these clients have answered, or left.</summary>
    Answers,

    /// <summary>There are servers that do not say how many clients they ask, so it is never known to be whole.</summary>
    AnswersOfAnybody,
}

/// <summary>One question.</summary>
internal sealed class RemoteCall
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _whole = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly RemoteCallKind _kind;

    /// <summary>Of each server: how many clients it has, if it has said so, and how many of them have answered.</summary>
    private readonly Dictionary<string, (int? Clients, int Answers)> _servers = new(StringComparer.Ordinal);
    private readonly List<SocketIOArguments> _answers = [];

    internal RemoteCall(long id, IReadOnlyList<string> servers, RemoteCallKind kind)
    {
        Id = id;
        _kind = kind;
        foreach (string server in servers)
            _servers.Add(server, default);
        Judge();
    }

    internal long Id { get; }

    /// <summary>Completes when nothing more is to come.</summary>
    internal Task Whole => _whole.Task;

    /// <summary>What clients have answered.</summary>
    internal IReadOnlyList<SocketIOArguments> Answers
    {
        get
        {
            lock (_lock)
                return [.. _answers];
        }
    }

    /// <summary>How many clients there are, and whether a server has not said so.</summary>
    internal SocketIOCount Sum(int own)
    {
        lock (_lock)
        {
            bool isPartial = false;
            foreach ((int? clients, _) in _servers.Values)
            {
                own += clients ?? 0;
                isPartial |= clients is null;
            }

            return new(own, isPartial);
        }
    }

    /// <summary>How it is asked. Python's servers want one room, or a list.</summary>
    internal ServerCall ToServerCall(IReadOnlyList<string> rooms, TimeSpan timeout)
    {
        var room = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(room);
        if (rooms.Count != 1)
            json.WriteStartArray();
        foreach (string name in rooms)
            json.WriteStringValue(name);
        if (rooms.Count != 1)
            json.WriteEndArray();
        json.Flush();
        return new ServerCall(room.WrittenMemory, Id, timeout);
    }

    internal void Expect(string server, int clients)
    {
        lock (_lock)
        {
            (int? former, int answers) = _servers.GetValueOrDefault(server);
            _servers[server] = ((former ?? 0) + clients, answers);
            Judge();
        }
    }

    internal void Answer(string server, SocketIOArguments arguments)
    {
        lock (_lock)
        {
            _answers.Add(arguments);
            if (!_servers.TryGetValue(server, out (int? Clients, int Answers) state))
                return;
            _servers[server] = (state.Clients, state.Answers + 1);
            Judge();
        }
    }

    internal void Lose(string server)
    {
        lock (_lock)
        {
            if (_servers.Remove(server))
                Judge();
        }
    }

    private void Judge()
    {
        foreach ((int? clients, int answers) in _servers.Values)
        {
            if (clients is null || (_kind != RemoteCallKind.Count && answers < clients))
                return;
        }

        if (_kind != RemoteCallKind.AnswersOfAnybody)
            _whole.TrySetResult();
    }
}
