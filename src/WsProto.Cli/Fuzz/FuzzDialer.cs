using System;
using System.IO;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Cli.Dialing;

namespace WsProto.Cli.Fuzz;

/// <summary>A connection whose opening handshake is done.</summary>
/// <param name="Socket">The socket.</param>
/// <param name="Stream">Its octets, with TLS undone.</param>
/// <param name="Agreed">The compression that was agreed on; null for none.</param>
/// <param name="Early">What came behind the head.</param>
internal sealed record FuzzConnection(Socket Socket, Stream Stream, ExtensionElement? Agreed, byte[] Early) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        try
        {
            await Stream.DisposeAsync();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // The server has broken it off.
        }

        Socket.Dispose();
    }
}

/// <summary>Opens connections, and leaves their octets alone from then on.</summary>
/// <param name="settings">What the command line asks for.</param>
/// <param name="clock">The time.</param>
internal sealed class FuzzDialer(FuzzSettings settings, TimeProvider clock)
{
    private const int LargestHead = 64 << 10;

    /// <summary>Opens a connection.</summary>
    /// <exception cref="CliException">There is none.</exception>
    public async Task<FuzzConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            (Socket socket, Stream stream) = await ServerStream.OpenAsync(settings.Server, new ConnectTimes(clock), cancellationToken);
            try
            {
                (ExtensionElement? agreed, byte[] early) = await OpenAsync(stream, cancellationToken);
                return new FuzzConnection(socket, stream, agreed, early);
            }
            catch
            {
                await stream.DisposeAsync();
                throw;
            }
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException)
        {
            throw new CliException(ExitCode.NoConnection, $"{settings.Server.Uri} opens no WebSocket: {Reason.Of(e)}");
        }
    }

    private async Task<(ExtensionElement? Agreed, byte[] Early)> OpenAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var client = new WsConnection(ConnectionRole.Client);
        await stream.WriteAsync(client.Send(settings.Server.ToRequest()), cancellationToken);
        await stream.FlushAsync(cancellationToken);
        byte[] octets = new byte[LargestHead];
        int count = 0;
        while (true)
        {
            int end;
            while ((end = octets.AsSpan(0, count).IndexOf("\r\n\r\n"u8)) < 0)
            {
                int read = count == LargestHead ? 0 : await stream.ReadAsync(octets.AsMemory(count), cancellationToken);
                if (read == 0)
                    throw new IOException("it ends within the head of its answer");
                count += read;
            }

            end += 4;
            client.Receive(octets.AsSpan(0, end));
            byte[] rest = octets[end..count];
            string line = Encoding.Latin1.GetString(octets, 0, octets.AsSpan().IndexOf((byte)'\r'));
            // An informational answer is no event, and another follows.
            if (client.TryReadEvent(out WsEvent? e))
                return (AgreedIn(e, line), rest);
            rest.CopyTo(octets, 0);
            count = rest.Length;
        }
    }

    private ExtensionElement? AgreedIn(WsEvent answer, string line)
    {
        if (answer is not AcceptConnection accepted)
        {
            string why = answer is HandshakeFailed failed ? failed.Message : line;
            throw new CliException(ExitCode.Refused, $"{settings.Server.Uri} opens no WebSocket: {why}");
        }

        return accepted.AgreedExtensions.Count > 0 ? accepted.AgreedExtensions[0] : null;
    }
}
