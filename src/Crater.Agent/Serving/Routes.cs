namespace Crater.Agent.Serving;

/// <summary>Every route there is. The router looks here, and the OpenAPI document is made of it.</summary>
internal sealed class Routes
{
    /// <summary>The answer of every call that did not go well.</summary>
    public static Shape Problem { get; } = Shape.Object("What was asked, what was found, what to do next.", new Member("error", Shape.Object("The problem.",
        new("code", Shape.Text("Stable across releases; docs/errors.md lists all.") with { Pattern = "^CRT[0-9]{4}$" }), new("message", Shape.Text("For a person.")),
        new("injection", InjectionJson.Brief, IsRequired: false))));

    public Routes(ServedHost host)
    {
        var inject = new InjectCalls(host);
        var recover = new RecoverCalls(host);
        var query = new QueryCalls(host);
        All =
        [
            new("POST", "/v1/prepare", "Says what an inject would do now, and by which mechanism; changes nothing.", inject.Prepare)
                { Body = InjectCalls.PrepareBody, Result = InjectCalls.Prepared, Problems = [400, 409, 413, 422] },
            new("POST", "/v1/inject", "Puts a fault on, and answers when it is in place.", inject.Inject)
                { Body = InjectCalls.InjectBody, Result = InjectCalls.Injected, Success = 201, Problems = [400, 409, 413, 422, 503], IsChange = true },
            new("POST", "/v1/recover", "Takes one injection off, or all, and says how the target was found.", recover.Recover)
                { Body = RecoverCalls.RecoverBody, Result = RecoverCalls.Recovered, Problems = [400, 413], IsChange = true, IsUnlimited = true },
            new("POST", "/v1/leases", "Renews leases, counted from now.", recover.Renew)
                { Body = RecoverCalls.LeasesBody, Result = RecoverCalls.Renewed, Problems = [400, 413], IsUnlimited = true },
            new("GET", "/v1/query", "What was injected on this host.", query.Query) { Query = QueryCalls.QueryParameters, Result = QueryCalls.Injections, Problems = [400] },
            new("GET", "/v1/catalog", "Every fault and its parameters.", QueryCalls.Catalog) { Result = QueryCalls.Catalogue },
            new("GET", "/v1/host", "What runs on this host.", query.Host) { Query = QueryCalls.HostParameters, Result = QueryCalls.HostDescription },
            .. Twice("/healthz", path => new Route("GET", path, "Whether craterd answers, and whether something is left.", query.Healthz) { Result = QueryCalls.Health }),
            .. Twice("/metrics", path => new Route("GET", path, "Counters in the text form of Prometheus.", _ => Reply.Text(host.Metrics.Text(host.State.Claims.Holders().Count)))),
            .. ChaosMeta(new ChaosMetaCalls(host, inject)),
            new("GET", "/openapi.json", "This description.", _ => Reply.Json(200, OpenApiDocument.Of(this))) { Result = Shape.Object("An OpenAPI 3.1 document.", new Member("openapi", Shape.Text("Its version."))) with { IsOpen = true } },
        ];
    }

    public IReadOnlyList<Route> All { get; }

    /// <summary>Null when there is none; the methods that the path does have are in the second.</summary>
    public (Route? Route, IReadOnlyList<string> Methods) Find(string method, string path)
    {
        var there = All.Where(route => route.Path == path).ToList();
        return (there.FirstOrDefault(route => route.Method == method), [.. there.Select(route => route.Method)]);
    }

    private static IEnumerable<Route> ChaosMeta(ChaosMetaCalls calls) =>
    [
        new("POST", "/v1/experiment/inject", "Puts a fault on, asked for as ChaosMeta's agent is.", calls.Inject)
            { Body = ChaosMetaCalls.InjectBody, Result = ChaosMetaCalls.Answer, Problems = [400, 409, 413, 422, 503], IsChange = true, IsChaosMeta = true },
        new("POST", "/v1/experiment/recover", "Takes an injection off, asked for as ChaosMeta's agent is.", calls.Recover)
            { Body = ChaosMetaCalls.RecoverBody, Result = ChaosMetaCalls.Answer, Problems = [400, 404, 413], IsChange = true, IsUnlimited = true, IsChaosMeta = true },
        new("POST", "/v1/experiment/query", "What was injected, told as ChaosMeta's agent does.", calls.Query)
            { Body = ChaosMetaCalls.QueryBody, Result = ChaosMetaCalls.Answer, Problems = [400, 413], IsChaosMeta = true },
    ];

    // Where people expect it, and beside everything else.
    private static IEnumerable<Route> Twice(string path, Func<string, Route> route) => [route(path), route("/v1" + path)];
}
