// Writes the manifests of samples/shop: resilient/, fragile/ and one variant per weakness. Run from the repository's root:
//   dotnet run scripts/shop-manifests.cs
// The files are committed; a test asserts that each variant differs from resilient/ only in the objects that its weakness names.
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false
#:property TreatWarningsAsErrors=false
#:property NoWarn=$(NoWarn);CA1050;CA1852;CA1515;RS0030
using System.Text;

Role[] roles =
[
    new("edge-router", Kind.Web) { Calls = [new("front-end", "4s", "1")] },
    new("front-end", Kind.Web)
    {
        Calls = [new("catalogue", "800ms", "1"), new("carts", "1s", "1"), new("orders", "3s", "1"), new("user", "1s", "1"), new("recommender", "300ms", "0")],
    },
    new("catalogue", Kind.Web) { Calls = [new("catalogue-db", "500ms", "1")] },
    new("catalogue-db", Kind.Data),
    new("carts", Kind.Web) { Calls = [new("carts-db", "500ms", "1")] },
    new("carts-db", Kind.Data),
    new("orders", Kind.Web)
    {
        Calls =
        [
            new("carts", "1s", "1"), new("user", "1s", "1"), new("payment", "1500ms", "1"), new("orders-db", "1s", "1", "32"), new("rabbitmq", "500ms", "0"),
        ],
    },
    new("orders-db", Kind.Data),
    new("user", Kind.Web) { Calls = [new("user-db", "500ms", "1"), new("redis", "200ms", "0")] },
    new("user-db", Kind.Data),
    new("redis", Kind.Data),
    new("payment", Kind.Web) { Calls = [new("external-payment", "1s", "0")] },
    new("external-payment", Kind.Web),
    new("shipping", Kind.Web) { Calls = [new("orders-db", "1s", "1")] },
    new("queue-master", Kind.Worker) { Calls = [new("rabbitmq", "2s", "1"), new("shipping", "2s", "1")] },
    new("rabbitmq", Kind.Data),
    new("recommender", Kind.Web) { Calls = [new("catalogue", "500ms", "1")] },
];

var root = Path.Combine(Directory.GetCurrentDirectory(), "samples", "shop");
if (!Directory.Exists(root))
{
    Console.Error.WriteLine($"There is no {root}; run this from the repository's root.");
    return 1;
}

Write("resilient", "Every known weakness is off.", []);
Write("fragile", "Every known weakness W1 to W11 is on, and nearly everything runs once.", [.. Enumerable.Range(1, 11)]);
foreach (var weakness in Enumerable.Range(1, 11))
{
    Write($"variants/w{weakness:00}", $"The resilient shop with weakness W{weakness} alone.", [weakness]);
}

Write("variants/all", "The resilient shop with weaknesses W1 to W11 and no other: what runs once is orders-db alone.", [.. Enumerable.Range(1, 11)], isFrugal: false);

return 0;

void Write(string folder, string what, HashSet<int> on, bool isFrugal = true)
{
    var yaml = new StringBuilder();
    yaml.Append($"# {what} Written by scripts/shop-manifests.cs; see samples/shop/README.md.\n");
    yaml.Append("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: sock-shop\n");
    // Services first: a pod learns the addresses of the services that exist when it starts.
    foreach (var role in roles)
    {
        new Manifest(role, on, isFrugal && on.Count > 1).AppendServices(yaml);
    }

    yaml.Append("---\n").Append(Manifest.Ingress);
    foreach (var role in roles)
    {
        new Manifest(role, on, isFrugal && on.Count > 1).AppendWorkload(yaml);
    }

    Directory.CreateDirectory(Path.Combine(root, folder));
    File.WriteAllText(Path.Combine(root, folder, "shop.yaml"), yaml.ToString());
}

enum Kind { Web, Data, Worker }

/// <summary>How a role calls another: time limit, retries, and the size of its connection pool where it matters.</summary>
record CallTo(string Name, string Timeout, string Retries, string Pool = "");

record Role(string Name, Kind Kind)
{
    public CallTo[] Calls { get; init; } = [];
}

/// <summary>The objects of one role, with the given weaknesses on.</summary>
class Manifest(Role role, HashSet<int> on, bool isFrugal)
{
    public const string Ingress = """
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata:
          name: shop
          namespace: sock-shop
        spec:
          rules:
            - http:
                paths:
                  - path: /
                    pathType: Prefix
                    backend:
                      service:
                        name: edge-router
                        port:
                          number: 80

        """;

    private readonly StringBuilder _yaml = new();

    private bool IsData => role.Kind == Kind.Data;

    /// <summary>The fragile shop is also the frugal one: everything runs once, but for the two carts that share a node (W3).</summary>
    private bool IsFrugal => isFrugal && role.Name != "carts";

    private int Replicas => IsFrugal || Has(1, "orders-db") ? 1 : 2;

    /// <summary>Is this weakness on, and is this the component that has it?</summary>
    private bool Has(int weakness, string name) => role.Name == name && on.Contains(weakness);

    public void AppendServices(StringBuilder to)
    {
        Service(role.Name, $"app: {role.Name}", role.Name == "edge-router" ? "NodePort" : "ClusterIP", early: false);
        if (IsData && Replicas > 1)
        {
            // One service for each replica, by which the replicas find each other; also before they are ready, since catching up comes first.
            for (var i = 0; i < Replicas; i++)
            {
                Service($"{role.Name}-{i}", $"statefulset.kubernetes.io/pod-name: {role.Name}-{i}", "ClusterIP", early: true);
            }
        }

        to.Append(_yaml);
        _yaml.Clear();
    }

    public void AppendWorkload(StringBuilder to)
    {
        Line(0, "---", "apiVersion: apps/v1", $"kind: {(IsData ? "StatefulSet" : "Deployment")}", "metadata:");
        Line(1, $"name: {role.Name}", "namespace: sock-shop", "labels:", $"  app: {role.Name}");
        Annotations();
        Line(0, "spec:");
        Line(1, $"replicas: {Replicas}");
        if (IsData)
        {
            Line(1, $"serviceName: {role.Name}", "podManagementPolicy: Parallel");
        }
        else
        {
            Line(1, "strategy:", "  type: RollingUpdate", "  rollingUpdate:", "    maxUnavailable: 0", "    maxSurge: 1");
        }

        Line(1, "selector:", "  matchLabels:", $"    app: {role.Name}", "template:");
        Line(2, "metadata:", "  labels:", $"    app: {role.Name}", "spec:");
        Line(3, "terminationGracePeriodSeconds: 20");
        Placement();
        Container();
        Budget();
        to.Append(_yaml);
        _yaml.Clear();
    }

    private void Service(string name, string selector, string type, bool early)
    {
        Line(0, "---", "apiVersion: v1", "kind: Service", "metadata:", $"  name: {name}", "  namespace: sock-shop", "  labels:", $"    app: {role.Name}", "spec:");
        Line(1, $"type: {type}");
        if (early)
        {
            Line(1, "publishNotReadyAddresses: true");
        }

        Line(1, "selector:", $"  {selector}", "ports:", "  - name: http", "    port: 80", "    targetPort: http");
    }

    /// <summary>What the operator knows and no other field of the manifest says. The keys are listed in samples/shop/README.md.</summary>
    private void Annotations()
    {
        List<string> facts = [];
        if (role.Calls.Length > 0)
        {
            facts.Add(Has(4, "orders") ? "client-timeout: none" : $"client-timeout: {Longest()}");
            facts.Add(Has(5, "front-end") ? "retries: unlimited" : "retries: \"1\"");
            facts.Add(Has(5, "front-end") ? "retry-budget: none" : "retry-budget: 20%");
        }

        if (Has(4, "orders"))
        {
            facts.Add("client-timeout-to: payment");
        }

        if (Has(5, "front-end"))
        {
            facts.Add("retries-to: catalogue");
        }

        if (role.Name == "orders")
        {
            facts.AddRange([Has(10, "orders") ? "pool-size: \"2\"" : "pool-size: \"32\"", "pool-to: orders-db"]);
        }

        if (role.Name == "user")
        {
            facts.AddRange([Has(7, "user") ? "cache: hard" : "cache: soft", "cache-at: redis"]);
        }

        if (role.Name == "shipping")
        {
            facts.AddRange([Has(9, "shipping") ? "idempotent: \"false\"" : "idempotent: \"true\"", "fed-by: rabbitmq"]);
        }

        if (role.Name == "recommender")
        {
            facts.Add(Has(6, "recommender") ? "cache-entries-max: unlimited" : "cache-entries-max: \"1000\"");
        }

        facts.Add(Has(2, "catalogue") ? "start-time: 8s" : "start-time: 1s");
        facts.Add(Has(8, "carts") ? "liveness-checks: carts-db" : "liveness-checks: self");
        facts.Add(Has(11, "front-end") ? "drain: none" : "drain: 2s");
        Line(1, "annotations:");
        Line(2, [.. facts.Select(fact => $"crater.dev/{fact}")]);
    }

    private string Longest() => role.Calls.Select(call => call.Timeout).MaxBy(text => text.EndsWith("ms") ? int.Parse(text[..^2]) : int.Parse(text[..^1]) * 1000)!;

    private void Placement()
    {
        if (Has(3, "carts"))
        {
            // "Close together, so that they share the node's cache": the node takes both with it.
            Line(3, "affinity:", "  podAffinity:", "    requiredDuringSchedulingIgnoredDuringExecution:");
            Line(6, "- topologyKey: kubernetes.io/hostname", "  labelSelector:", "    matchLabels:", $"      app: {role.Name}");
            return;
        }

        if (Replicas == 1)
        {
            return;
        }

        Line(3, "affinity:", "  podAntiAffinity:", "    preferredDuringSchedulingIgnoredDuringExecution:");
        Line(6, "- weight: 100", "  podAffinityTerm:", "    topologyKey: kubernetes.io/hostname", "    labelSelector:", "      matchLabels:", $"        app: {role.Name}");
        Line(3, "topologySpreadConstraints:", "  - maxSkew: 1", "    topologyKey: topology.kubernetes.io/zone", "    whenUnsatisfiable: ScheduleAnyway");
        Line(5, "labelSelector:", "  matchLabels:", $"    app: {role.Name}");
    }

    private void Container()
    {
        Line(3, "containers:", $"  - name: {role.Name}", $"    image: crater/shop:{role.Name}", "    imagePullPolicy: IfNotPresent", "    ports:");
        Line(6, "- name: http", "  containerPort: 8080");
        Line(5, "env:");
        Env("SHOP_ROLE", role.Name);
        Field("POD_IP", "status.podIP");
        Field("POD_NAME", "metadata.name");
        Env("PORT", "8080");
        // A small first generation: eighteen of these run on a laptop, and each handles little at a time. Unit: bytes, hexadecimal.
        Env("DOTNET_GCgen0size", "0x200000");
        Switches();
        Resources();
        Probes();
    }

    private void Switches()
    {
        foreach (var call in role.Calls)
        {
            var name = EnvName(call.Name);
            Env($"{name}_URL", $"http://$({name}_SERVICE_HOST):$({name}_SERVICE_PORT)");
            Env($"{name}_TIMEOUT", Has(4, "orders") && call.Name == "payment" ? "none" : call.Timeout);
            Env($"{name}_RETRIES", Has(5, "front-end") && call.Name == "catalogue" ? "unlimited" : call.Retries);
            if (call.Pool.Length > 0)
            {
                Env($"{name}_POOL", Has(10, "orders") ? "2" : call.Pool);
            }
        }

        if (IsData && Replicas > 1)
        {
            Env("PEERS", string.Join(',', Enumerable.Range(0, Replicas).Select(i => $"{role.Name}-{i}=http://$({EnvName(role.Name)}_{i}_SERVICE_HOST):$({EnvName(role.Name)}_{i}_SERVICE_PORT)")));
            Env("PEER_TIMEOUT", "500ms");
        }

        if (role.Name == "user")
        {
            Env("CACHE_MODE", Has(7, "user") ? "hard" : "soft");
        }

        if (role.Name == "shipping")
        {
            Env("SHIPPING_IDEMPOTENT", Has(9, "shipping") ? "false" : "true");
        }

        if (role.Name == "recommender")
        {
            Env("RECOMMENDER_CACHE_MAX", Has(6, "recommender") ? "unlimited" : "1000");
        }

        if (Has(2, "catalogue"))
        {
            Env("START_DELAY", "8s");
        }
        else if (role.Name == "carts" && !isFrugal)
        {
            // What is declared is true: a service of this kind takes a second and more to start, and this one by itself a third of one.
            Env("START_DELAY", "1s");
        }

        Env(Has(11, "front-end") ? "GRACEFUL_SHUTDOWN" : "DRAIN_DELAY", Has(11, "front-end") ? "false" : "2s");
    }

    private void Resources()
    {
        Line(5, "resources:", "  requests:", "    cpu: 25m", "    memory: 64Mi", "  limits:", "    cpu: \"1\"");
        if (!Has(6, "recommender"))
        {
            Line(7, "memory: 192Mi");
        }
    }

    private void Probes()
    {
        if (!Has(2, "catalogue"))
        {
            Line(5, "readinessProbe:", "  httpGet:", "    path: /ready", "    port: http", "  periodSeconds: 1", "  timeoutSeconds: 1", "  failureThreshold: 2");
        }

        Line(5, "livenessProbe:", "  httpGet:", $"    path: {(Has(8, "carts") ? "/healthz/dependencies" : "/healthz")}", "    port: http");
        Line(5, "  initialDelaySeconds: 3", "  periodSeconds: 3", "  timeoutSeconds: 1", "  failureThreshold: 3");
        if (!Has(11, "front-end"))
        {
            Line(5, "lifecycle:", "  preStop:", "    httpGet:", "      path: /drain", "      port: http");
        }
    }

    private void Budget()
    {
        if (Has(3, "carts") || IsFrugal)
        {
            return;
        }

        Line(0, "---", "apiVersion: policy/v1", "kind: PodDisruptionBudget", "metadata:", $"  name: {role.Name}", "  namespace: sock-shop", "spec:");
        Line(1, "maxUnavailable: 1", "selector:", "  matchLabels:", $"    app: {role.Name}");
    }

    private void Env(string name, string value) => Line(6, $"- name: {name}", $"  value: \"{value}\"");

    private void Field(string name, string path) => Line(6, $"- name: {name}", "  valueFrom:", "    fieldRef:", $"      fieldPath: {path}");

    private static string EnvName(string name) => name.ToUpperInvariant().Replace('-', '_');

    private void Line(int depth, params string[] lines)
    {
        foreach (var line in lines)
        {
            _yaml.Append(' ', depth * 2).Append(line).Append('\n');
        }
    }
}
