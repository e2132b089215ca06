using System;
using System.Collections.Generic;
using Microsoft.AspNetCore.Builder;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>Applies conventions to several endpoints.</summary>
internal sealed class ConventionBuilders(IReadOnlyList<IEndpointConventionBuilder> builders) : IEndpointConventionBuilder
{
    public void Add(Action<EndpointBuilder> convention)
    {
        foreach (IEndpointConventionBuilder builder in builders)
            builder.Add(convention);
    }

    public void Finally(Action<EndpointBuilder> finallyConvention)
    {
        foreach (IEndpointConventionBuilder builder in builders)
            builder.Finally(finallyConvention);
    }
}
