// Two accounts of one case, move by move, and the first place where they differ.

namespace WsProto.Tests.Oracles;

/// <summary>What was read or written, in words that mean the same on both sides.</summary>
/// <param name="Kind">text, bytes, ping, close, failed …</param>
/// <param name="Data">The rest; payloads in hexadecimal.</param>
/// <param name="Frame">Whether a piece of data ends its frame.</param>
/// <param name="Message">Whether it ends its message.</param>
internal sealed record Item(string Kind, string Data = "", bool Frame = true, bool Message = true)
{
    public override string ToString() =>
        $"{Kind} {(Data.Length > 400 ? Data[..400] + "…" : Data)}{(Frame ? "" : " (more)")}{(Message ? "" : " …")}";
}

/// <summary>What came of one move: the events that were read, what was sent, and the state then.</summary>
internal sealed record Outcome(Item[] Events, Item? Sent, string State)
{
    /// <summary>Here: the error of the last failure.</summary>
    public ProtocolError? Error { get; init; }
}

/// <summary>Where the accounts part: null stands for nothing.</summary>
/// <param name="Move">The number of the move.</param>
/// <param name="Here">What there was here.</param>
/// <param name="There">What there was there.</param>
/// <param name="Error">What went wrong here, if that is what there was here.</param>
internal sealed record Divergence(int Move, Item? Here, Item? There, ProtocolError? Error)
{
    /// <summary>The first difference; all before it was alike.</summary>
    /// <param name="here">This library's account.</param>
    /// <param name="there">The other's.</param>
    /// <param name="byMessage">Whether only whole messages are compared, as no two inflaters give the same out at the same time.</param>
    public static Divergence? Find(IReadOnlyList<Outcome> here, IReadOnlyList<Outcome> there, bool byMessage)
    {
        var (accountHere, accountThere) = (new Account(byMessage), new Account(byMessage));
        for (int move = 0; move < here.Count; move++)
        {
            List<Item> readHere = accountHere.Take(here[move].Events);
            List<Item> readThere = accountThere.Take(there[move].Events);
            for (int i = 0; i < Math.Max(readHere.Count, readThere.Count); i++)
            {
                if (readHere.ElementAtOrDefault(i) != readThere.ElementAtOrDefault(i))
                    return new Divergence(move, readHere.ElementAtOrDefault(i), readThere.ElementAtOrDefault(i), here[move].Error);
            }

            if (here[move].Sent != there[move].Sent)
                return new Divergence(move, here[move].Sent, there[move].Sent, null);
            if (here[move].State != there[move].State)
                return new Divergence(move, new Item("state", here[move].State), new Item("state", there[move].State), here[move].Error);
        }

        return null;
    }

    public override string ToString() => $"move {Move + 1}\nhere  {Here} {Error}\nthere {There}";

    /// <summary>Joins what a cut may divide.</summary>
    private sealed class Account(bool byMessage)
    {
        private Item? _open;

        /// <summary>
        /// What some events add; at the end what is there of an unfinished frame. What was shown of a frame before it turned out to be
        /// broken depends on the cuts, and is left out.
        /// </summary>
        public List<Item> Take(Item[] events)
        {
            var read = new List<Item>();
            foreach (Item e in events)
            {
                Item joined = _open?.Kind == e.Kind ? e with { Data = _open.Data + e.Data } : e;
                bool isOpen = !(byMessage ? e.Message : e.Frame);
                if (!isOpen)
                    read.Add(joined);
                if (isOpen)
                    _open = joined;
                else if (_open?.Kind == e.Kind || e.Kind is "failed" or "raised")
                    _open = null;
            }

            if (!byMessage && _open is { Data.Length: > 0 })
                read.Add(_open);
            return read;
        }
    }
}
