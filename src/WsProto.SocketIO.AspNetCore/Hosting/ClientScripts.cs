using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>Serves the files of npm's client beside a route, as npm's server does.</summary>
internal static class ClientScripts
{
    /// <summary>Maps each script of a folder, and its source map. What is added to the folder later is not served.</summary>
    internal static void Map(IEndpointRouteBuilder routes, string pattern, string folder)
    {
        FileInfo[] files = [.. new DirectoryInfo(folder).EnumerateFiles("socket.io*").Where(file => TypeOf(file.Name) is not null)];
        if (files.Length == 0)
            throw new FileNotFoundException($"{folder} has none of the scripts of npm's socket.io-client, such as socket.io.min.js.");
        foreach (FileInfo file in files)
        {
            string type = TypeOf(file.Name)!;
            routes.MapMethods($"{pattern.TrimEnd('/')}/{file.Name}", [HttpMethods.Get, HttpMethods.Head], Handle(file.FullName, type))
                .WithDisplayName($"Socket.IO {file.Name}");
        }
    }

    private static RequestDelegate Handle(string path, string type) => context =>
    {
        // Asked for again each time, and then mostly answered by 304: whoever updates the client wants it to arrive.
        context.Response.Headers.CacheControl = "no-cache";
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        var tag = new EntityTagHeaderValue($"\"{file.LastWriteTimeUtc.Ticks:x}-{file.Length:x}\"");
        return TypedResults.PhysicalFile(path, type, lastModified: file.LastWriteTimeUtc, entityTag: tag).ExecuteAsync(context);
    };

    private static string? TypeOf(string name) =>
        name.EndsWith(".js", StringComparison.Ordinal) ? "text/javascript; charset=utf-8"
        : name.EndsWith(".js.map", StringComparison.Ordinal) ? "application/json"
        : null;
}
