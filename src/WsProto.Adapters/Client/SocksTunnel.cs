// SOCKS 5 (RFC 1928) with user and password (RFC 1929): a greeting, the authentication if the proxy wants it, the request, and then the
// tunnel. All that a proxy says has a length that is known, so nothing of the tunnel is read with it.

using System.Buffers.Binary;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Sessions;

namespace WsProto.Adapters.Client;

/// <param name="stream">Connected to the proxy.</param>
/// <param name="limit">Cancelled when the time is over.</param>
internal sealed class SocksTunnel(Stream stream, CancellationToken limit)
{
    private const byte Version = 5;
    private const byte AuthenticationVersion = 1;
    private const byte NoAuthentication = 0;
    private const byte UserAndPassword = 2;
    private const byte Connect = 1;
    private const byte AddressIPv4 = 1;
    private const byte AddressName = 3;
    private const byte AddressIPv6 = 4;

    /// <summary>Opens the tunnel.</summary>
    /// <param name="host">The name or the address of the server; a name is looked up by the proxy.</param>
    /// <param name="port">The port of the server.</param>
    /// <param name="credential">User and password; null for none.</param>
    /// <exception cref="WsHandshakeException">The proxy refused, or it does not speak SOCKS 5.</exception>
    internal async Task OpenAsync(string host, int port, NetworkCredential? credential)
    {
        await AuthenticateAsync(credential).ConfigureAwait(false);
        byte[] address = IPAddress.TryParse(host, out IPAddress? ip)
            ? [ip.AddressFamily == AddressFamily.InterNetwork ? AddressIPv4 : AddressIPv6, .. ip.GetAddressBytes()]
            : [AddressName, .. Counted(host, "The name of the server")];
        byte[] portBytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(portBytes, (ushort)port);
        await WriteAsync([Version, Connect, 0, .. address, .. portBytes]).ConfigureAwait(false);

        byte[] reply = await ReadAsync(5).ConfigureAwait(false);
        Expect(reply[0] == Version);
        if (reply[1] != 0)
            throw new WsHandshakeException($"The proxy refused the tunnel: {Describe(reply[1])}.");
        // The rest of the address that the proxy uses, of which one byte was read, and its port.
        await ReadAsync(2 + reply[3] switch
        {
            AddressIPv4 => 3,
            AddressIPv6 => 15,
            AddressName => reply[4],
            _ => throw Invalid(),
        }).ConfigureAwait(false);
    }

    private async Task AuthenticateAsync(NetworkCredential? credential)
    {
        byte[] greeting = credential is null ? [Version, 1, NoAuthentication] : [Version, 2, NoAuthentication, UserAndPassword];
        await WriteAsync(greeting).ConfigureAwait(false);
        byte[] choice = await ReadAsync(2).ConfigureAwait(false);
        Expect(choice[0] == Version);
        switch (choice[1])
        {
            case NoAuthentication:
                break;
            case UserAndPassword when credential is not null:
                byte[] user = Counted(credential.UserName, "The user");
                byte[] password = Counted(credential.Password, "The password");
                await WriteAsync([AuthenticationVersion, .. user, .. password]).ConfigureAwait(false);
                byte[] verdict = await ReadAsync(2).ConfigureAwait(false);
                Expect(verdict[0] == AuthenticationVersion);
                if (verdict[1] != 0)
                    throw new WsHandshakeException("The proxy refused the user or the password.");
                break;
            default:
                throw new WsHandshakeException(
                    credential is null ? "The proxy wants a user and a password." : "The proxy takes no user and password.");
        }
    }

    private async Task WriteAsync(byte[] data)
    {
        await stream.WriteAsync(data, limit).AsTask().LimitAsync(limit).ConfigureAwait(false);
        await stream.FlushAsync(limit).LimitAsync(limit).ConfigureAwait(false);
    }

    private async Task<byte[]> ReadAsync(int count)
    {
        byte[] data = new byte[count];
        await stream.ReadExactlyAsync(data, limit).AsTask().LimitAsync(limit).ConfigureAwait(false);
        return data;
    }

    /// <summary>A text with its length in one byte.</summary>
    private static byte[] Counted(string text, string what)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length is 0 or > 255)
            throw new WsHandshakeException($"{what} has to have 1 to 255 bytes for a proxy by SOCKS (RFC 1928 §4, RFC 1929 §2).");
        return [(byte)bytes.Length, .. bytes];
    }

    private static void Expect(bool condition)
    {
        if (!condition)
            throw Invalid();
    }

    private static WsHandshakeException Invalid() => new("The proxy does not speak SOCKS 5.");

    /// <summary>RFC 1928 §6.</summary>
    private static string Describe(byte reply) => reply switch
    {
        1 => "general failure",
        2 => "not allowed by its rules",
        3 => "the network is unreachable",
        4 => "the host is unreachable",
        5 => "the connection was refused",
        6 => "the time to live has expired",
        7 => "the command is not supported",
        8 => "the type of address is not supported",
        _ => $"reply {reply}",
    };
}
