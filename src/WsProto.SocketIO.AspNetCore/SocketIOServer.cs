using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization.Metadata;
using System.Threading;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using WsProto.SocketIO.AspNetCore.Hosting;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>A Socket.IO v5 server: its namespaces, with their handlers and clients.</summary>
/// <remarks>
/// Register it with <see cref="SocketIOServiceCollectionExtensions.AddSocketIO"/> to send from any part of the application. Any thread may
/// send. Namespaces and handlers must be added before the server is mapped.
/// </remarks>
[DebuggerDisplay("{_namespaces.Count} namespaces")]
public sealed class SocketIOServer
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, SocketIONamespace> _namespaces = new(StringComparer.Ordinal);
    private readonly List<(Func<string, bool> Matches, EventHandlers Handlers)> _patterns = [];
    private readonly long _begin;
    private int _dynamicCount;
    private bool _isMapped;

    /// <summary>
    /// Creates a server to register as a service. <see cref="SocketIOEndpointRouteBuilderExtensions.MapSocketIO"/> then maps it.
    /// </summary>
    /// <param name="services">The services of the application.</param>
    /// <param name="options">The options; null for the defaults.</param>
    public SocketIOServer(IServiceProvider services, SocketIOOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        Services = services;
        Options = options ?? new();
        _begin = Options.Engine.TimeProvider.GetTimestamp();
        Encoder = new SocketIOEncoder(Options.Json, Options.MaxAttachments, Options.Parser);
        Logger = services.GetService<ILoggerFactory>()?.CreateLogger("WsProto.SocketIO") ?? (ILogger)NullLogger.Instance;
        Faults = new ClientFaults(Logger, Options.Engine.TimeProvider);
        Instruments = new Instruments(services);
        Link = Options.Backplane is { } backplane ? new ServerLink(this, backplane) : null;
        Main = Of("/");
    }

    /// <summary>The options of the server.</summary>
    public SocketIOOptions Options { get; }

    /// <summary>The main namespace, <c>/</c>. Clients use it by default.</summary>
    public SocketIONamespace Main { get; }

    /// <summary>The namespaces, including those that are made from patterns. The list is a copy.</summary>
    public IReadOnlyCollection<SocketIONamespace> Namespaces
    {
        get
        {
            lock (_lock)
                return [.. _namespaces.Values];
        }
    }

    /// <summary>
    /// The number of open sessions. A client has one session, whatever its number of namespaces. 0 before the server is mapped.
    /// </summary>
    public int SessionCount => Host?.SessionCount ?? 0;

    internal IServiceProvider Services { get; }

    /// <summary>The host of the sessions; null before the server is mapped.</summary>
    internal EngineHost? Host { get; set; }

    /// <summary>The current time, for the recovery of clients.</summary>
    internal TimeSpan Now => Options.Engine.TimeProvider.GetElapsedTime(_begin);

    internal SocketIOEncoder Encoder { get; }

    internal ILogger Logger { get; }

    internal ClientFaults Faults { get; }

    internal Instruments Instruments { get; }

    /// <summary>The link to other servers; null without a backplane.</summary>
    internal ServerLink? Link { get; }

    /// <summary>Gets a namespace by its name, or adds it.</summary>
    /// <param name="name">The name. It begins with a slash and contains no comma.</param>
    /// <returns>The namespace.</returns>
    /// <exception cref="ArgumentException">The name does not begin with a slash, or contains a comma.</exception>
    /// <exception cref="InvalidOperationException">There is no such namespace, and the server is mapped already.</exception>
    public SocketIONamespace Of(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!name.StartsWith('/') || name.Contains(',', StringComparison.Ordinal))
            throw new ArgumentException("The name of a namespace begins with a slash and contains no comma.", nameof(name));
        lock (_lock)
        {
            if (_namespaces.TryGetValue(name, out SocketIONamespace? known))
                return known;
            ThrowIfMapped();
            return _namespaces[name] = new SocketIONamespace(this, name, new EventHandlers());
        }
    }

    /// <summary>
    /// Adds a pattern of namespaces whose names clients choose. A namespace is created with its first client and removed with its last. All
    /// share the same handlers.
    /// </summary>
    /// <param name="matches">
    /// Whether the pattern has a namespace of this name. It is called for names that are not known otherwise, and must return at once.
    /// </param>
    /// <returns>An object to add the handlers to. It never has clients itself.</returns>
    /// <exception cref="InvalidOperationException">The server is mapped already.</exception>
    public SocketIONamespace Of(Func<string, bool> matches)
    {
        ArgumentNullException.ThrowIfNull(matches);
        lock (_lock)
        {
            ThrowIfMapped();
            var handlers = new EventHandlers();
            _patterns.Add((matches, handlers));
            return new SocketIONamespace(this, $"pattern {_patterns.Count}", handlers);
        }
    }

    internal JsonTypeInfo<T> TypeInfo<T>() => (JsonTypeInfo<T>)Encoder.JsonOptions.GetTypeInfo(typeof(T));

    internal void Seal()
    {
        lock (_lock)
        {
            ThrowIfMapped();
            _isMapped = true;
            foreach (SocketIONamespace space in _namespaces.Values)
                space.Handlers.Seal();
            foreach ((_, EventHandlers handlers) in _patterns)
                handlers.Seal();
        }
    }

    /// <summary>Finds the namespace of this name. Returns null if it does not exist at present.</summary>
    internal SocketIONamespace? Known(string name)
    {
        lock (_lock)
            return _namespaces.GetValueOrDefault(name);
    }

    /// <summary>Finds or creates the namespace that a client asks for, and counts the client. Returns null if there is none.</summary>
    internal SocketIONamespace? Find(string name)
    {
        lock (_lock)
        {
            if (!_namespaces.TryGetValue(name, out SocketIONamespace? space))
                space = CreateDynamic(name);
            space?.Use();
            return space;
        }
    }

    internal void DropEmpty(SocketIONamespace space)
    {
        lock (_lock)
        {
            // Another client may have asked for it meanwhile. Or it was removed already, and a new one has its name.
            if (!space.IsUnused || _namespaces.GetValueOrDefault(space.Name) != space)
                return;
            _namespaces.Remove(space.Name);
            _dynamicCount--;
        }
    }

    private SocketIONamespace? CreateDynamic(string name)
    {
        if (_dynamicCount >= Options.MaxDynamicNamespaces)
            return null;
        for (int i = 0; i < _patterns.Count; i++)
        {
            if (!Matches(_patterns[i].Matches, name))
                continue;
            _dynamicCount++;
            return _namespaces[name] = new SocketIONamespace(this, name, _patterns[i].Handlers, $"pattern {i + 1}");
        }

        return null;
    }

    [SuppressMessage("Design", "CA1031", Justification = "A pattern that throws matches nothing, and is logged.")]
    private bool Matches(Func<string, bool> matches, string name)
    {
        try
        {
            return matches(name);
        }
        catch (Exception e)
        {
            Log.EventFailed(Logger, "pattern", "matching", e);
            return false;
        }
    }

    private void ThrowIfMapped()
    {
        if (_isMapped)
            throw new InvalidOperationException("The server is mapped already: namespaces and handlers must be added before.");
    }
}
