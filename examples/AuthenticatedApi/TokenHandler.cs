using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AuthenticatedApi;

/// <summary>Knows two tokens. An application has JWT here, or whatever else ASP.NET Core authenticates with.</summary>
internal sealed class TokenHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    internal const string Name = "Token";
    private const string Prefix = "Bearer ";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        string header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Prefix, StringComparison.Ordinal))
            return Task.FromResult(AuthenticateResult.NoResult());
        Claim[]? claims = header[Prefix.Length..] switch
        {
            "token-of-ann" => [new(ClaimTypes.Name, "Ann"), new(ClaimTypes.Role, "trader")],
            "token-of-bob" => [new(ClaimTypes.Name, "Bob")],
            _ => null,
        };
        return Task.FromResult(claims is null
            ? AuthenticateResult.Fail("This token is nobody's.")
            : AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity(claims, Name)), Name)));
    }
}
