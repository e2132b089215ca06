using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Conformance;

/// <summary>The results of all clients, by the names that they gave themselves.</summary>
/// <param name="cases">The order of the results.</param>
internal sealed class JudgedClients(IReadOnlyList<ConformanceCase> cases)
{
    /// <summary>A client may give itself a name for each connection.</summary>
    private const int MostAgents = 100;

    private readonly Dictionary<string, Dictionary<string, ConformanceResult>> _results = [];
    private readonly HashSet<RunningCase> _running = [];
    private readonly Lock _lock = new();

    public IReadOnlyList<string> Agents
    {
        get
        {
            lock (_lock)
                return [.. _results.Where(agent => agent.Value.Count > 0).Select(agent => agent.Key)];
        }
    }

    /// <summary>Says that a case of a client begins; disposed of, that it is over.</summary>
    /// <returns>Null where there is no room for results of another client.</returns>
    public RunningCase? TryBegin(string agent)
    {
        lock (_lock)
        {
            if (!_results.ContainsKey(agent) && _results.Count == MostAgents)
                return null;
            _results.TryAdd(agent, []);
            var running = new RunningCase(this, agent);
            _running.Add(running);
            return running;
        }
    }

    /// <summary>Waits for the cases that a client has running. It may ask for a result as soon as its own end is done.</summary>
    public Task WhenIdleAsync(string agent, CancellationToken cancellationToken)
    {
        Task[] running;
        lock (_lock)
            running = [.. _running.Where(one => one.Agent == agent).Select(one => one.Completion)];
        return Task.WhenAll(running).WaitAsync(cancellationToken);
    }

    /// <summary>Keeps a result in place of an older one of the same case.</summary>
    public void Add(string agent, ConformanceResult result)
    {
        lock (_lock)
            _results[agent][result.Case.Id] = result;
    }

    public ConformanceResult? ResultOf(string agent, ConformanceCase one)
    {
        lock (_lock)
            return _results.GetValueOrDefault(agent)?.GetValueOrDefault(one.Id);
    }

    public IReadOnlyList<ConformanceResult> ResultsOf(string agent) =>
        [.. cases.Select(one => ResultOf(agent, one)).OfType<ConformanceResult>()];

    /// <summary>A case of a client that runs.</summary>
    internal sealed class RunningCase(JudgedClients clients, string agent) : IDisposable
    {
        private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Agent { get; } = agent;

        public Task Completion => _completion.Task;

        public void Dispose()
        {
            lock (clients._lock)
                clients._running.Remove(this);
            _completion.TrySetResult();
        }
    }
}
