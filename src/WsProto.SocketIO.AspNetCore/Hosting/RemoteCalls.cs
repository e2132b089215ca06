// The questions to other servers, and their answers so far.

using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>The open questions to other servers.</summary>
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

    /// <summary>Handles the acknowledgement of a client of another server. One that no call waits for is ignored.</summary>
    internal void Answer(ServerAnswer answer) => Find(answer.Call.Id)?.Answer(answer.Origin, answer.Arguments);

    /// <summary>Handles the number of clients that a server has asked.</summary>
    internal void Expect(ServerCounted counted) => Find(counted.Id)?.Expect(counted.Origin, counted.Count);

    /// <summary>Handles that a server is gone.</summary>
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
    /// <summary>Complete when each server has reported its number of clients.</summary>
    Count,

    /// <summary>Complete when all these clients have answered or disconnected.</summary>
    Answers,

    /// <summary>Never known to be complete, because some servers do not report how many clients they ask.</summary>
    AnswersOfAnybody,
}

/// <summary>One question to other servers.</summary>
internal sealed class RemoteCall
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _whole = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly RemoteCallKind _kind;

    /// <summary>For each server: the number of its clients, if it has reported it, and the number of their answers.</summary>
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

    /// <summary>A task that completes when no more answers can follow.</summary>
    internal Task Whole => _whole.Task;

    /// <summary>The answers of clients.</summary>
    internal IReadOnlyList<SocketIOArguments> Answers
    {
        get
        {
            lock (_lock)
                return [.. _answers];
        }
    }

    /// <summary>The sum of all clients, and whether the number of a server is missing.</summary>
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

    /// <summary>Makes the message of the question. Python's servers expect one room, or a list.</summary>
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
