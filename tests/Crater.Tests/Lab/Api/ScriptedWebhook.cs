using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Lab.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Crater.Tests.Lab.Api;

/// <summary>A webhook that answers what the test says, over HTTPS with a certificate of its own, and keeps what it was asked.</summary>
internal sealed class ScriptedWebhook : IAsyncDisposable
{
    private readonly System.Security.Cryptography.X509Certificates.X509Certificate2 _certificate = LoopbackCertificate.Create(TimeProvider.System);
    private readonly WebApplication _server;

    private ScriptedWebhook(Func<JsonNode, JsonObject> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(_certificate)));
        _server = builder.Build();
        _server.Run(async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            var request = JsonNode.Parse(await reader.ReadToEndAsync())!["request"]!;
            Asked.Enqueue(request);
            var response = answer(request);
            response["uid"] ??= request["uid"]!.DeepClone();
            await http.Response.WriteAsync(new JsonObject { ["kind"] = "AdmissionReview", ["apiVersion"] = "admission.k8s.io/v1", ["response"] = response }.ToJsonString());
        });
    }

    public ConcurrentQueue<JsonNode> Asked { get; } = [];

    public int Port => Address.Port;

    public string Authority => Convert.ToBase64String(Encoding.ASCII.GetBytes(_certificate.ExportCertificatePem()));

    private Uri Address => new(_server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public static async Task<ScriptedWebhook> StartAsync(Func<JsonNode, JsonObject> answer)
    {
        var webhook = new ScriptedWebhook(answer);
        await webhook._server.StartAsync(Xunit.TestContext.Current.CancellationToken);
        return webhook;
    }

    public static JsonObject Allow() => new() { ["allowed"] = true };

    public static JsonObject Patch(string patch) => new()
    {
        ["allowed"] = true,
        ["patchType"] = "JSONPatch",
        ["patch"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(patch)),
    };

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(new CancellationToken(canceled: true));
        await _server.DisposeAsync();
        _certificate.Dispose();
    }
}
