using System;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Net.Http.Headers;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>Serves the scripts of npm's client under a route, as npm's server does.</summary>
internal static class ClientScripts
{
    /// <summary>Finds the scripts of a folder, and their source maps. Files that are added later are not served.</summary>
    internal static IReadOnlyList<FileInfo> Find(IServiceProvider services, string folder)
    {
        string root = services.GetService<IHostEnvironment>()?.ContentRootPath ?? Environment.CurrentDirectory;
        string path = Path.Combine(root, folder);
        FileInfo[] files = Array.FindAll(new DirectoryInfo(path).GetFiles("socket.io*"), file => TypeOf(file.Name) is not null);
        return files.Length > 0
            ? files
            : throw new FileNotFoundException($"{path} contains no script of npm's socket.io-client, such as socket.io.min.js.");
    }

    internal static IEndpointConventionBuilder Map(IEndpointRouteBuilder routes, string pattern, FileInfo file)
    {
        string name = file.Name.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal);
        return routes.MapMethods($"{pattern.TrimEnd('/')}/{name}", [HttpMethods.Get, HttpMethods.Head], Handle(file))
            .WithDisplayName($"Socket.IO {file.Name}");
    }

    private static RequestDelegate Handle(FileInfo file) => async context =>
    {
        byte[] content;
        try
        {
            content = await File.ReadAllBytesAsync(file.FullName, context.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        // Browsers ask for it each time, and mostly get 304, so that an update of the script reaches them. The tag is computed from the
        // content, because a link or an archive may give a new file an old time.
        context.Response.Headers.CacheControl = "no-cache";
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 16))}\"");
        await TypedResults.Bytes(content, TypeOf(file.Name), entityTag: tag).ExecuteAsync(context).ConfigureAwait(false);
    };

    private static string? TypeOf(string name) =>
        name.EndsWith(".js", StringComparison.Ordinal) ? "text/javascript; charset=utf-8"
        : name.EndsWith(".js.map", StringComparison.Ordinal) ? "application/json"
        : null;
}
