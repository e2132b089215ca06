using WsProto.Fuzz.Targets;

namespace WsProto.Fuzz.Driver;

/// <summary>Makes new inputs of known ones. The same seed makes the same inputs.</summary>
internal sealed class Mutator(Target target, IReadOnlyList<byte[]> dictionary, Random random)
{
    private const int LongestInput = 2048;
    private static readonly byte[] _interesting =
    [
        0, 1, 2, 4, 5, 0x0A, 0x0D, 0x20, 0x7D, 0x7E, 0x7F, 0x80, 0x81, 0x88, 0xC1, 0xED, 0xF0, 0xFE, 0xFF,
    ];

    public byte[] Mutate(byte[] input, IReadOnlyList<byte[]> corpus)
    {
        List<byte> bytes = [.. input];
        int times = 1 << random.Next(4);
        for (int i = 0; i < times; i++)
            Once(bytes, corpus);
        if (bytes.Count > LongestInput)
            bytes.RemoveRange(LongestInput, bytes.Count - LongestInput);
        return [.. bytes];
    }

    private void Once(List<byte> bytes, IReadOnlyList<byte[]> corpus)
    {
        if (bytes.Count == 0)
            bytes.Add((byte)random.Next(256));
        int at = random.Next(bytes.Count);
        switch (random.Next(13))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes[at] = _interesting[random.Next(_interesting.Length)];
                break;
            case 3:
                bytes[at] += (byte)(random.Next(9) - 4);
                break;
            case 4:
                bytes.RemoveRange(at, Math.Min(bytes.Count - at, 1 + random.Next(random.Next(2) == 0 ? 4 : 64)));
                break;
            case 5:
                bytes.InsertRange(at, bytes.GetRange(at, Math.Min(bytes.Count - at, 1 + random.Next(64))));
                break;
            case 6:
                byte[] other = corpus[random.Next(corpus.Count)];
                int from = random.Next(other.Length + 1);
                bytes.InsertRange(at, other[from..Math.Min(other.Length, from + random.Next(200))]);
                break;
            case 7:
                bytes.InsertRange(at, dictionary[random.Next(dictionary.Count)]);
                break;
            case 8:
                byte[] token = dictionary[random.Next(dictionary.Count)];
                bytes.RemoveRange(at, Math.Min(bytes.Count - at, token.Length));
                bytes.InsertRange(at, token);
                break;
            case 9:
                // The scene, of which a small number means most.
                bytes[random.Next(Math.Min(Scene.Size, bytes.Count))] = (byte)random.Next(random.Next(2) == 0 ? 12 : 256);
                break;
            case 10:
                bytes.AddRange(target.Piece(random) ?? dictionary[random.Next(dictionary.Count)]);
                break;
            default:
                bytes.InsertRange(at, target.Piece(random) ?? dictionary[random.Next(dictionary.Count)]);
                break;
        }
    }
}
