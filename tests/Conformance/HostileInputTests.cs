using System.Security.Cryptography;

namespace WsProto.Conformance.Tests;

public sealed class HostileInputTests
{
    /// <summary>A seed that somebody wrote down has to give the same segments for good: a change of a hash is a break.</summary>
    [Theory]
    [InlineData(0, false, "1FA3F36476BA7105EE270490F845F2E3")]
    [InlineData(1, false, "DB84CD37FA3FB051C16E82A4C5398DF3")]
    [InlineData(1, true, "02C454FE7A55ADA7A9A9EBE447EBEBF2")]
    [InlineData(7, true, "1FF475ED8E34122F8E3166B502463311")]
    [InlineData(int.MaxValue, false, "7F3B423E539F9572C7C23002087C452B")]
    [InlineData(-1, true, "6C00237F7A3E977CE3AD9C1E4BA1255F")]
    public void Seed_gives_the_same_segments_everywhere_and_for_good(int seed, bool isCompressed, string expected)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int number = 0; number < 500; number++)
        {
            foreach (byte[] segment in HostileInput.Generate(seed, number, isCompressed).ToSegments())
            {
                hash.AppendData(BitConverter.GetBytes(segment.Length));
                hash.AppendData(segment);
            }
        }

        Assert.Equal(expected, Convert.ToHexString(hash.GetHashAndReset())[..32]);
    }

    [Fact]
    public void Seed_gives_the_same_octets_everywhere_and_for_good()
    {
        byte[] all = [.. Enumerable.Range(0, 200).SelectMany(number => HostileInput.Generate(7, number).ToOctets())];
        Assert.Equal(all, Enumerable.Range(0, 200).SelectMany(number => HostileInput.Generate(7, number).ToOctets()));
        Assert.NotEqual(all, Enumerable.Range(0, 200).SelectMany(number => HostileInput.Generate(8, number).ToOctets()));
        Assert.Equal("14BDDF8B4F9948BF569410521D48DCF07994C1B3E0CE50975626884D2CD4CC47", Convert.ToHexString(SHA256.HashData(all)));
    }

    [Fact]
    public void Segments_are_the_octets_cut()
    {
        int[] counts = [.. Enumerable.Range(0, 500).Select(number =>
        {
            HostileInput input = HostileInput.Generate(1, number, isCompressed: true);
            IReadOnlyList<byte[]> segments = input.ToSegments();
            Assert.Equal(input.ToOctets(), segments.SelectMany(segment => segment));
            Assert.All(segments, segment => Assert.NotEmpty(segment));
            return segments.Count;
        })];
        Assert.Contains(counts, count => count > 9);
        Assert.Contains(counts, count => count is > 1 and < 10);
    }

    /// <summary>Whoever takes the first simpler input that is as bad as the last comes to an end, and to nothing where all are.</summary>
    [Fact]
    public void Shrinking_ends_with_what_matters()
    {
        for (int number = 0; number < 100; number++)
        {
            HostileInput input = HostileInput.Generate(2, number);
            while (input.Shrink().FirstOrDefault() is { } simpler)
                input = simpler;
            Assert.Empty(input.ToOctets());
        }

        HostileInput masked = Smallest(input => input.ToOctets().Length > 1 && input.ToOctets()[1] < 0x80);
        Assert.Equal(2, masked.ToOctets().Length);
        HostileInput ping = Smallest(input => input.ToOctets() is [0x89, ..]);
        Assert.Equal(6, ping.ToOctets().Length);
    }

    private static HostileInput Smallest(Func<HostileInput, bool> isBad)
    {
        HostileInput input = Enumerable.Range(0, 1000).Select(number => HostileInput.Generate(3, number)).First(isBad);
        while (input.Shrink().FirstOrDefault(isBad) is { } simpler)
            input = simpler;
        return input;
    }
}
