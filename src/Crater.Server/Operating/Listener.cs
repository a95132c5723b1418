using System.Net;
using System.Security.Cryptography.X509Certificates;
using Crater.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Crater.Server.Operating;

/// <summary>Where something is listened for, and how.</summary>
/// <param name="Option">The option that names the address, for who has to give another.</param>
internal sealed record ListenOptions(IPEndPoint At, string Option)
{
    /// <summary>The largest body that is read. Default: none. Unit: bytes.</summary>
    public long BodyMax { get; init; }

    /// <summary>Connections at once. Default: as many as come.</summary>
    public long? ConnectionsMax { get; init; }

    /// <summary>The certificate as it is now; null for no TLS.</summary>
    public Func<X509Certificate2>? Certificate { get; init; }
}

/// <summary>One address that the operator listens on.</summary>
internal sealed class Listener : IAsyncDisposable
{
    private readonly WebApplication _application;

    private Listener(WebApplication application) => _application = application;

    public string Address => _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <exception cref="CraterException">CRT8402: the address cannot be listened on.</exception>
    public static async Task<Listener> StartAsync(ListenOptions options, RequestDelegate answer, CancellationToken stop)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.BodyMax;
            kestrel.Limits.MaxConcurrentConnections = options.ConnectionsMax;
            kestrel.Listen(options.At, on =>
            {
                if (options.Certificate is { } certificate)
                {
                    on.UseHttps(https => https.ServerCertificateSelector = (_, _) => certificate());
                }
            });
        });
        var application = builder.Build();
        application.Run(answer);
        try
        {
            await application.StartAsync(stop);
        }
        catch (IOException e)
        {
            await application.DisposeAsync();
            throw new CraterException("CRT8402", $"{options.At} cannot be listened on: {e.Message} Give another one with {options.Option}.", e);
        }

        return new Listener(application);
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync(new CancellationToken(canceled: true));
        await _application.DisposeAsync();
    }
}
