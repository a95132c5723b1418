using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Lab;
using Xunit;

namespace Crater.EndToEnd.Tests.Lab;

public sealed class ServiceTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_carries_traffic_from_outside_and_between_pods()
    {
        await using var lab = await LabFixture.StartAsync();
        var web = await ServeAsync(lab);
        using var http = new HttpClient();
        var outside = lab.Services.Single(service => service.Name == "web").Address;
        Assert.Equal(outside, (string?)lab.Store.Get("services", "default", "web")!["metadata"]!["annotations"]!["lab.crater.dev/outside-address"]);
        Assert.True((await http.GetAsync(new Uri($"http://{outside}/"), Stop)).IsSuccessStatusCode);

        lab.Store.Create("pods", LabFixture.Pod("caller",
            """["sh", "-c", "curl -s -o /dev/null -w '%{http_code}' http://$(WEB_SERVICE_HOST):$(WEB_SERVICE_PORT)/; sleep 1000"]"""));
        await lab.UntilAsync("caller", pod => pod.IsReady());
        await LabFixture.UntilAsync(async () => (await lab.LogAsync("caller")).Length > 0 || lab.Edges.Any(edge => edge.From == "pod/default/caller"), "the caller was answered");
        await LabFixture.UntilAsync(() => lab.Edges.Any(edge => edge is { From: "pod/default/caller", To: "pod/default/web", Requests: 1, Errors: 0 }), "the edge was seen");
        Assert.Contains(lab.Edges, edge => edge is { From: "outside", To: "pod/default/web", Requests: >= 1, Errors: 0 });
        Assert.NotEmpty(web);
    }

    [Fact]
    public async Task A_service_without_ready_endpoints_refuses()
    {
        await using var lab = await LabFixture.StartAsync();
        await ServeAsync(lab);
        lab.Store.Remove("pods", "default", "web");
        using var http = new HttpClient();
        var outside = lab.Services.Single(service => service.Name == "web").Address;
        await LabFixture.UntilAsync(() => Refuses(http, outside), "the service refuses");
    }

    internal static async Task<string> ServeAsync(LabCluster lab, string name = "web")
    {
        lab.Store.Create("services", JsonNode.Parse($$$"""
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "{{{name}}}", "namespace": "default", "uid": "uid-of-service-{{{name}}}"},
             "spec": {"selector": {"app": "{{{name}}}"}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]}}
            """)!.AsObject());
        lab.Store.Create("pods", LabFixture.Pod(name, """["python3", "-m", "http.server", "--protocol", "HTTP/1.1", "--bind", "$(POD_IP)", "8080"]""",
            """, "readinessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1}"""));
        var address = (await lab.UntilAsync(name, pod => pod.IsReady())).Address();
        await LabFixture.UntilAsync(() => lab.Services.Any(service => service.Name == name), "the service is open");
        using var http = new HttpClient();
        await LabFixture.UntilAsync(() => !Refuses(http, lab.Services.Single(service => service.Name == name).Address), "the service answers");
        return address;
    }

    private static bool Refuses(HttpClient http, string address)
    {
        try
        {
            using var answer = http.Send(new HttpRequestMessage(HttpMethod.Get, new Uri($"http://{address}/")), Stop);
            return false;
        }
        catch (Exception e) when (NoAnswer.Is(e))
        {
            return true;
        }
    }
}
