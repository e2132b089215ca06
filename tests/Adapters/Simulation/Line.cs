using System;
using System.Collections.Generic;
using System.Linq;

namespace WsProto.Adapters.Tests.Simulation;

/// <summary>What was sent and what was received in one direction of one connection.</summary>
internal sealed class Line(string name)
{
    /// <summary>In the order of the calls; null for what was refused.</summary>
    private readonly List<string?> _sent = [];
    private readonly List<string> _received = [];

    /// <summary>Notes a message before it is sent.</summary>
    /// <returns>Its place, to refuse it by.</returns>
    internal int Send(string text)
    {
        _sent.Add(text);
        return _sent.Count - 1;
    }

    internal void Refuse(int place) => _sent[place] = null;

    internal void Receive(string text) => _received.Add(text);

    /// <param name="isWhole">Whether nothing may be missing at the end.</param>
    /// <param name="drops">Whether the sender drops what is old: then there may be holes, but not at the end.</param>
    internal void Check(bool isWhole, bool drops)
    {
        string[] sent = [.. _sent.OfType<string>()];
        int next = 0;
        foreach (string text in _received)
        {
            int place = drops ? Array.IndexOf(sent, text, next) : next < sent.Length && sent[next] == text ? next : -1;
            World.Expect(
                place >= 0,
                $"{name}: received {Show(text)} after {next} of {sent.Length} messages, next was {Show(sent.ElementAtOrDefault(next))}");
            next = place + 1;
        }

        World.Expect(
            !isWhole || next == sent.Length,
            $"{name}: closed cleanly, but {Show(sent.ElementAtOrDefault(next))} is missing, of {sent.Length} messages");
    }

    internal static string Show(string? text) => text is { Length: > 40 } ? $"{text[..40]}… ({text.Length})" : text ?? "nothing";
}
