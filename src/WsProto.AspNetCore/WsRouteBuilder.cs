using System;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace WsProto.AspNetCore;

/// <summary>A route whose last filter accepts the connection. The filter stays the last one when others are added.</summary>
internal sealed class WsRouteBuilder : IEndpointConventionBuilder
{
    private static readonly Func<EndpointFilterFactoryContext, EndpointFilterDelegate, EndpointFilterDelegate> _accept =
        WsHandlerFilter.Create;

    private readonly RouteHandlerBuilder _builder;

    internal WsRouteBuilder(RouteHandlerBuilder builder)
    {
        _builder = builder;
        Add(static _ => { });
    }

    public void Add(Action<EndpointBuilder> convention) => _builder.Add(endpoint =>
    {
        convention(endpoint);
        endpoint.FilterFactories.Remove(_accept);
        endpoint.FilterFactories.Add(_accept);
    });

    public void Finally(Action<EndpointBuilder> finallyConvention) => _builder.Finally(finallyConvention);
}
