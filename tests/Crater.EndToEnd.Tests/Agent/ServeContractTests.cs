using System.Net;
using System.Text.Json.Nodes;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>What the API says of itself is what it does.</summary>
public sealed class ServeContractTests : IDisposable
{
    private readonly Playground _playground = new();

    public void Dispose() => _playground.Dispose();

    [Fact]
    public async Task Every_route_that_is_documented_answers_as_documented()
    {
        using var agent = await ServedAgent.StartAsync(_playground);
        var (_, document) = await agent.GetAsync("/openapi.json");
        var documented = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key.ToUpperInvariant()} {path.Key}")).ToList();
        HashSet<string> answered = [];

        foreach (var (method, path, body, status) in Calls())
        {
            var (got, answer) = method == "GET" ? await agent.GetAsync(path) : await agent.PostAsync(path, body!);
            var (route, at) = (path.Split('?')[0], (int)got);
            Assert.True((int)status == at, $"{method} {path}: {at} {answer}");
            var described = document["paths"]![route]![method.ToLowerInvariant()]!["responses"]![$"{at}"];
            Assert.True(described is not null, $"{method} {route} answers {at}, which is not described");
            var content = described["content"]!.AsObject().Single().Value!["schema"]!;
            Assert.True(SchemaCheck.Complaint(document, content, answer) is not { } wrong, $"{method} {path} {at}: {SchemaCheck.Complaint(document, content, answer)}");
            if (at < 300)
            {
                answered.Add($"{method} {route}");
            }
        }

        Assert.Empty(documented.Except(answered));
    }

    [Theory]
    [InlineData("""{"uid": "odd-1"}""", "fault is missing")]
    [InlineData("""{"fault": 5}""", "fault must be a text")]
    [InlineData("""{"fault": "cpu-burn", "argument": {}}""", "argument is not known")]
    [InlineData("""{"fault": "cpu-burn", "arguments": {"percent": {"a": 1}}}""", "arguments.percent must be")]
    [InlineData("""{"fault": "cpu-burn", "timeout": "for ever"}""", "timeout")]
    [InlineData("""{"fault": "cpu-burn", "fault": "cpu-burn"}""", "no JSON")]
    [InlineData("""[]""", "must be an object")]
    [InlineData("""{""", "no JSON")]
    [InlineData("", "no JSON")]
    public async Task A_body_that_does_not_fit_is_refused_with_its_place(string body, string told)
    {
        using var agent = await ServedAgent.StartAsync(_playground);
        using var content = ServedAgent.Content(body);

        using var answer = await agent.Client.PostAsync(new Uri("/v1/inject", UriKind.Relative), content, TestContext.Current.CancellationToken);
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;

        Assert.Equal((HttpStatusCode.BadRequest, "CRT5650"), (answer.StatusCode, ServedAgent.Code(problem)));
        Assert.Contains(told, (string?)problem["error"]!["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_too_large_too_much_or_nowhere_is_refused_and_a_recover_never_for_that()
    {
        using var agent = await ServedAgent.StartAsync(_playground);

        var (large, _) = await agent.PostAsync("/v1/recover", new JsonObject { ["uid"] = new string('x', 300 << 10) });
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large);
        Assert.Equal(HttpStatusCode.NotFound, (await agent.GetAsync("/v1/nowhere")).Status);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await agent.GetAsync("/v1/inject")).Status);
        await Wait.UntilAsync(
            async () => (await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => agent.GetAsync("/healthz")))).Any(answer => answer.Status == HttpStatusCode.TooManyRequests && ServedAgent.Code(answer.Body) == "CRT5655"),
            "too many requests are refused", Wait.Patience);
        Assert.Equal(HttpStatusCode.OK, (await agent.PostAsync("/v1/recover", new JsonObject { ["all"] = true })).Status);
    }

    [Fact]
    public async Task ChaosMetas_bodies_are_understood()
    {
        using var agent = await ServedAgent.StartAsync(_playground);

        var (status, injected) = await agent.PostAsync("/v1/experiment/inject", Theirs("""{"percent": 5, "count": 1}"""));
        Assert.True(status == HttpStatusCode.OK, injected.ToString());
        Assert.Equal((0, "their-trace", "success"), ((int)injected["code"]!, (string?)injected["trace_id"], (string?)injected["data"]!["experiment"]!["status"]));

        var (again, _) = await agent.PostAsync("/v1/experiment/inject", Theirs("""{"percent": 5, "count": 1}"""));
        Assert.Equal(HttpStatusCode.Conflict, again);
        var (_, query) = await agent.PostAsync("/v1/experiment/query", new JsonObject { ["target"] = "cpu", ["fault"] = "burn", ["status"] = "success" });
        Assert.Equal("their-uid", (string?)query["data"]!["experiments"]![0]!["uid"]);
        var (_, recovered) = await agent.PostAsync("/v1/experiment/recover", new JsonObject { ["uid"] = "their-uid" });
        Assert.Equal(0, (int)recovered["code"]!);
        var (_, after) = await agent.PostAsync("/v1/experiment/query", new JsonObject { ["uid"] = "their-uid" });
        Assert.Equal("destroyed", (string?)after["data"]!["experiments"]![0]!["status"]);
    }

    private static JsonObject Theirs(string args) => new()
    {
        ["target"] = "cpu",
        ["fault"] = "burn",
        ["uid"] = "their-uid",
        ["timeout"] = "10m",
        ["args"] = args,
        ["trace_id"] = "their-trace",
    };

    // At least one that goes well for each route, and the problems that can be had without harm; the order counts.
    private static IEnumerable<(string Method, string Path, JsonObject? Body, HttpStatusCode Status)> Calls()
    {
        var burn = ServedAgent.Inject("contract");
        JsonObject prepare = new() { ["fault"] = "cpu-burn", ["arguments"] = new JsonObject { ["percent"] = 5, ["count"] = 1 } };
        yield return ("POST", "/v1/prepare", prepare, HttpStatusCode.OK);
        yield return ("POST", "/v1/prepare", new JsonObject { ["fault"] = "disk-fill", ["arguments"] = new JsonObject { ["bytes"] = "1MiB", ["dir"] = "/nowhere/at/all" } }, HttpStatusCode.UnprocessableEntity);
        yield return ("POST", "/v1/inject", burn, HttpStatusCode.Created);
        yield return ("POST", "/v1/inject", burn, HttpStatusCode.Conflict);
        yield return ("POST", "/v1/inject", new JsonObject { ["fault"] = "no-such-fault" }, HttpStatusCode.BadRequest);
        yield return ("POST", "/v1/leases", new JsonObject { ["uids"] = new JsonArray("contract", "never-was") }, HttpStatusCode.OK);
        yield return ("GET", "/v1/query", null, HttpStatusCode.OK);
        yield return ("GET", "/v1/query?look=true&state=injected,residue&limit=1&offset=0", null, HttpStatusCode.OK);
        yield return ("GET", "/v1/query?colour=red", null, HttpStatusCode.BadRequest);
        yield return ("POST", "/v1/recover", new JsonObject { ["uid"] = "contract" }, HttpStatusCode.OK);
        yield return ("POST", "/v1/recover", new JsonObject { ["uid"] = "never-was" }, HttpStatusCode.OK);
        yield return ("POST", "/v1/recover", [], HttpStatusCode.BadRequest);
        yield return ("GET", "/v1/query", null, HttpStatusCode.OK);
        foreach (var path in new[] { "/v1/catalog", "/v1/host", "/v1/host?part=agent", "/healthz", "/v1/healthz", "/metrics", "/v1/metrics", "/openapi.json" })
        {
            yield return ("GET", path, null, HttpStatusCode.OK);
        }

        yield return ("POST", "/v1/experiment/inject", Theirs("""{"percent": 5, "count": 1}"""), HttpStatusCode.OK);
        yield return ("POST", "/v1/experiment/inject", Theirs("""{"percent": 500, "count": 1}"""), HttpStatusCode.BadRequest);
        yield return ("POST", "/v1/experiment/query", [], HttpStatusCode.OK);
        yield return ("POST", "/v1/experiment/recover", new JsonObject { ["uid"] = "their-uid" }, HttpStatusCode.OK);
        yield return ("POST", "/v1/experiment/recover", new JsonObject { ["uid"] = "their-other" }, HttpStatusCode.NotFound);
    }
}
