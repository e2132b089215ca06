using System;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>
/// What clients send that no handler can take, in the log: a line each minute for each handler and namespace, with the count. Any client
/// can bring it about as often as it likes, so neither its values nor names that it chooses are kept: there are as many counts as handlers.
/// </summary>
internal sealed class ClientFaults(ILogger logger, TimeProvider time)
{
    /// <summary>The most characters of the name of an event that are shown.</summary>
    private const int MaxShown = 64;

    private readonly ConcurrentDictionary<(string Namespace, string Handler), SparseLog> _mismatches = [];
    private readonly ConcurrentDictionary<string, SparseLog> _unknown = new(StringComparer.Ordinal);
    private readonly SparseLog _auths = new(time);

    /// <summary>Arguments do not fit.</summary>
    /// <param name="handlers">The namespace, as the application has named it.</param>
    /// <param name="handler">The event of a handler, or another word for what was handled; none that a client has chosen.</param>
    /// <param name="reason">What does not fit, without a value.</param>
    internal void NoteMismatch(string handlers, string handler, string reason)
    {
        if (_mismatches.GetOrAdd((handlers, handler), static (_, time) => new(time), time).IsDue(out int count))
            Log.ArgumentsMismatched(logger, count, handler, handlers, reason);
    }

    /// <summary>An event has no handler, as where its name is misspelt.</summary>
    internal void NoteUnknown(SocketIOEvent e)
    {
        if (!logger.IsEnabled(LogLevel.Debug))
            return;
        string handlers = e.Socket.Namespace.HandlersName;
        if (_unknown.GetOrAdd(handlers, static (_, time) => new(time), time).IsDue(out int count))
            Log.EventUnknown(logger, count, handlers, Shown(e.Name));
    }

    /// <summary>What a client brings to get in is no object.</summary>
    internal void NoteAuth()
    {
        if (_auths.IsDue(out int count))
            Log.AuthMalformed(logger, count);
    }

    /// <summary>One line of bounded length, in which nothing moves the cursor or turns the direction of writing.</summary>
    private static string Shown(string name)
    {
        var shown = new StringBuilder();
        foreach (char unit in name.AsSpan(0, Math.Min(name.Length, MaxShown)))
        {
            shown.Append(char.GetUnicodeCategory(unit) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate
                ? '?'
                : unit);
        }

        return name.Length > MaxShown ? shown.Append('…').ToString() : shown.ToString();
    }
}
