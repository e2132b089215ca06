using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;

namespace WsProto.Conformance;

/// <summary>An offer of permessage-deflate, by a client that can do all that a server may ask of it (RFC 7692 §7.1).</summary>
/// <param name="ServerForgets">Whether the server has to begin each message without history.</param>
/// <param name="ServerWindow">The window that the server has to keep to; 0 for none.</param>
internal sealed record DeflateOffer(bool ServerForgets, int ServerWindow)
{
    public override string ToString() => "permessage-deflate; client_no_context_takeover; client_max_window_bits"
        + (ServerForgets ? "; server_no_context_takeover" : "")
        + (ServerWindow == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"; server_max_window_bits={ServerWindow}"));
}

/// <summary>What a server agreed to.</summary>
internal sealed record DeflateAgreement(bool ServerForgets, int ServerWindow, bool ClientForgets, int ClientWindow)
{
    private const int Largest = 15;

    /// <summary>Reads a server's answer.</summary>
    /// <returns>Null where it is none, or answers no offer (RFC 7692 §5, §7.1).</returns>
    public static DeflateAgreement? Read(string answer, IReadOnlyList<DeflateOffer> offers)
    {
        string[] parts = answer.Split(';', StringSplitOptions.TrimEntries);
        var parameters = new Dictionary<string, string>();
        foreach (string part in parts.Skip(1))
        {
            string[] pair = part.Split('=', 2);
            if (!parameters.TryAdd(pair[0], pair.Length == 1 ? "" : pair[1].Trim('"')))
                return null;
        }

        bool serverForgets = parameters.Remove("server_no_context_takeover", out string? value) && value.Length == 0;
        bool clientForgets = parameters.Remove("client_no_context_takeover", out value) && value.Length == 0;
        int serverWindow = parameters.Remove("server_max_window_bits", out value) ? WindowIn(value) : Largest;
        int clientWindow = parameters.Remove("client_max_window_bits", out value) ? WindowIn(value) : Largest;
        var agreement = new DeflateAgreement(serverForgets, serverWindow, clientForgets, clientWindow);
        bool isRead = parts[0] == "permessage-deflate" && parameters.Count == 0 && serverWindow != 0 && clientWindow != 0;
        return isRead && offers.Any(agreement.Answers) ? agreement : null;
    }

    private bool Answers(DeflateOffer offer) =>
        (ServerForgets || !offer.ServerForgets) && (offer.ServerWindow == 0 || ServerWindow <= offer.ServerWindow);

    private static int WindowIn(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int bits) && bits is >= 8 and <= Largest ? bits : 0;
}

/// <summary>Compresses messages (RFC 7692 §7.2.1).</summary>
/// <param name="window">Where it is smaller than that of the platform's compressor, blocks are stored, which refer to nothing.</param>
/// <param name="forgets">Whether each message begins without history.</param>
internal sealed class MessageDeflater(int window, bool forgets) : IDisposable
{
    private const int LargestStored = ushort.MaxValue;
    private const int TailLength = 4;

    private readonly MemoryStream _output = new();
    private DeflateStream? _stream;

    public byte[] Deflate(byte[] payload)
    {
        if (window < 15 || payload.Length == 0)
            return Store(payload);
        if (forgets)
        {
            _stream?.Dispose();
            _stream = null;
        }

        _stream ??= new DeflateStream(_output, CompressionLevel.Fastest, leaveOpen: true);
        _output.SetLength(0);
        _stream.Write(payload);
        _stream.Flush();
        return _output.ToArray()[..^TailLength];
    }

    public void Dispose()
    {
        _stream?.Dispose();
        _output.Dispose();
    }

    private static byte[] Store(byte[] payload)
    {
        var octets = new List<byte>();
        Span<byte> header = stackalloc byte[5];
        header[0] = 0;
        foreach (byte[] block in payload.Chunk(LargestStored))
        {
            BinaryPrimitives.WriteUInt16LittleEndian(header[1..], (ushort)block.Length);
            BinaryPrimitives.WriteUInt16LittleEndian(header[3..], (ushort)~block.Length);
            octets.AddRange(header);
            octets.AddRange(block);
        }

        // The header of the empty block, the rest of which is left out.
        octets.Add(0);
        return [.. octets];
    }
}
