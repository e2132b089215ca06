// Faults are changed over HTTP: GET /faults lists them, PUT has others in their place, POST adds some, DELETE takes all away; the body has
// a fault in each line. Pages of this machine may do it, as tests run in browsers, and pages of other places may not: a browser says whose
// page asks (RFC 6454 §7), and HttpListener takes no other Host than the address, so that a name that leads here opens nothing.

using System;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;

namespace WsProto.Cli.Proxy;

internal sealed class ControlServer : IDisposable
{
    private const int LargestBody = 64 << 10;
    private const string Methods = "GET, PUT, POST, DELETE, OPTIONS";

    private readonly HttpListener _listener;
    private readonly FaultTable _faults;

    private ControlServer(HttpListener listener, FaultTable faults, string address)
    {
        _listener = listener;
        _faults = faults;
        Address = address;
    }

    /// <summary>Where it listens.</summary>
    public string Address { get; }

    /// <summary>Begins to listen.</summary>
    /// <exception cref="CliException">The place cannot be listened at.</exception>
    public static ControlServer Start(IPEndPoint place, FaultTable faults)
    {
        using (TcpListener free = Accepting.Listen(place))
            place = (IPEndPoint)free.LocalEndpoint;
        string address = $"http://{place}/";
        var listener = new HttpListener();
        try
        {
            listener.Prefixes.Add(address);
            listener.Start();
        }
        catch (HttpListenerException e)
        {
            listener.Close();
            throw new CliException(ExitCode.NoConnection, $"{place} is no place to listen at: {e.Message}");
        }

        var server = new ControlServer(listener, faults, address);
        _ = server.ServeAsync();
        return server;
    }

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                // Nobody waits for a slow one.
                _ = AnswerAsync(await _listener.GetContextAsync());
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                // The program ends.
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            HttpListenerResponse response = context.Response;
            string? origin = context.Request.Headers["Origin"];
            bool isAllowed = origin is null || (Uri.TryCreate(origin, UriKind.Absolute, out Uri? page) && page.IsLoopback);
            if (isAllowed && origin is not null)
            {
                response.AddHeader("Access-Control-Allow-Origin", origin);
                response.AddHeader("Access-Control-Allow-Methods", Methods);
                response.AddHeader("Access-Control-Allow-Headers", "*");
                response.AddHeader("Vary", "Origin");
            }

            (response.StatusCode, string text) = isAllowed
                ? await DoAsync(context.Request)
                : (403, "Pages of other machines change no faults.\n");
            // A server "MUST generate an Allow header field in a 405 response" (RFC 9110 §15.5.6).
            if (response.StatusCode == (int)HttpStatusCode.MethodNotAllowed)
                response.AddHeader("Allow", Methods);
            response.ContentType = "text/plain; charset=utf-8";
            byte[] body = Encoding.UTF8.GetBytes(text);
            response.ContentLength64 = body.Length;
            await response.OutputStream.WriteAsync(body);
            response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException or IOException)
        {
            // The client has gone.
        }
    }

    private async Task<(int Status, string Text)> DoAsync(HttpListenerRequest request)
    {
        if (request.HttpMethod == "OPTIONS")
            return (200, "");
        if (request.Url?.AbsolutePath != "/faults")
            return (404, "There is /faults and nothing else.\n");
        try
        {
            switch (request.HttpMethod)
            {
                case "GET":
                    return (200, string.Concat(_faults.Current.Select(fault => fault + "\n")));
                case "DELETE":
                    _faults.Replace([]);
                    return (200, "");
                case "PUT" or "POST":
                    if (await ReadAsync(request) is not { } faults)
                        return (413, "The body is larger than 64 KiB.\n");
                    if (request.HttpMethod == "PUT")
                        _faults.Replace(faults);
                    else
                        _faults.Add(faults);
                    return (200, "");
                default:
                    return (405, $"{Methods}, and nothing else.\n");
            }
        }
        catch (CliException e)
        {
            return (400, e.Message + "\n");
        }
    }

    /// <returns>Null for a body that is too large.</returns>
    private static async Task<ImmutableArray<Fault>?> ReadAsync(HttpListenerRequest request)
    {
        byte[] body = new byte[LargestBody + 1];
        int count = await request.InputStream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false);
        if (count > LargestBody)
            return null;
        string text = Encoding.UTF8.GetString(body, 0, count);
        string[] lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.Select(Fault.Parse).ToImmutableArray();
    }
}
