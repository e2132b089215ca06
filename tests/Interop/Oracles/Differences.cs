namespace WsProto.Tests.Oracles;

/// <summary>A difference that is meant.</summary>
/// <param name="What">What the other library does, and why this one does not.</param>
/// <param name="Explains">Whether that is what made the accounts part.</param>
/// <param name="Example">A case that shows it.</param>
internal sealed record Difference<T>(string What, Func<T, Divergence, bool> Explains, T Example);

/// <summary>
/// All differences to another library. They explain where a case diverges, and have to be gone from the list when they are gone.
/// </summary>
/// <param name="compare">Where the accounts of a case part; null for nowhere.</param>
/// <param name="list">The differences.</param>
internal sealed class Differences<T>(Func<T, Divergence?> compare, params Difference<T>[] list)
{
    /// <summary>The rows of a theory: the number of each.</summary>
    public IReadOnlyList<object?[]> Rows => [.. list.Select((_, index) => new object?[] { index })];

    /// <summary>Fails for a case that diverges where no difference explains it.</summary>
    public void Check(T c)
    {
        if (compare(c) is { } divergence && !Array.Exists(list, difference => difference.Explains(c, divergence)))
            Assert.Fail(divergence.ToString());
    }

    /// <summary>Fails if a difference is gone, or its example shows another.</summary>
    public void CheckExample(int index)
    {
        Difference<T> difference = list[index];
        Divergence divergence = Assert.IsType<Divergence>(compare(difference.Example));
        Assert.True(difference.Explains(difference.Example, divergence), $"{difference.What}\n{divergence}");
    }
}
