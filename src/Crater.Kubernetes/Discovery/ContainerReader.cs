using System.Text.Json.Nodes;
using Crater.Discovery;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Discovery;

/// <summary>Reads the containers of a pod template. Values of environment variables stay here; see <see cref="EnvAddresses"/>.</summary>
/// <param name="maps">The config maps that the workloads refer to, by namespace and name. Secrets are never read.</param>
internal sealed class ContainerReader(ServiceNames names, IReadOnlyDictionary<(string Space, string Name), JsonObject> maps)
{
    public IReadOnlyList<Container> Read(JsonNode? podSpec, string space) => [.. podSpec.Objects("containers").Select(container => Read(container, space))];

    private Container Read(JsonObject container, string space)
    {
        var values = Values(container, space).ToList();
        return new Container
        {
            Name = container.Text("name"),
            Image = container.Text("image"),
            PullPolicy = container.Text("imagePullPolicy"),
            Ports =
            [
                .. container.Objects("ports").Select(port => new ContainerPort(
                    port.Text("name"), port.Integer("containerPort") ?? 0, port.Text("protocol") is { Length: > 0 } protocol ? protocol : "TCP")),
            ],
            CpuRequest = Amount(container, "requests", "cpu"),
            CpuLimit = Amount(container, "limits", "cpu"),
            MemoryRequest = Amount(container, "requests", "memory"),
            MemoryLimit = Amount(container, "limits", "memory"),
            EphemeralLimit = Amount(container, "limits", "ephemeral-storage"),
            Readiness = ReadProbe(container.At("readinessProbe")),
            Liveness = ReadProbe(container.At("livenessProbe")),
            Startup = ReadProbe(container.At("startupProbe")),
            HasPreStop = container.At("lifecycle", "preStop") is not null,
            EnvNames = [.. container.Objects("env").Select(env => env.Text("name")).Concat(values.Select(value => value.Name)).Distinct()],
            EnvHosts = [.. values.SelectMany(value => EnvAddresses.Find(value.Name, value.Value, space, names).Select(host => $"{value.Name}={host}")).Distinct()],
        };
    }

    /// <summary>What stands in the manifest and in config maps. Values from secrets are not there to be read.</summary>
    private IEnumerable<(string Name, string Value)> Values(JsonObject container, string space)
    {
        foreach (var env in container.Objects("env"))
        {
            var reference = env.At("valueFrom", "configMapKeyRef");
            var value = reference is null ? env.Text("value") : Map(space, reference.Text("name")).GetValueOrDefault(reference.Text("key"), "");
            yield return (env.Text("name"), value);
        }

        foreach (var source in container.Objects("envFrom"))
        {
            foreach (var (key, value) in Map(space, source.Text("configMapRef", "name")))
            {
                yield return (source.Text("prefix") + key, value);
            }
        }
    }

    private IReadOnlyDictionary<string, string> Map(string space, string name) =>
        maps.TryGetValue((space, name), out var map) ? map.Map("data") : new Dictionary<string, string>();

    private static double? Amount(JsonObject container, string kind, string what) =>
        Quantity.TryParse(container.Text("resources", kind, what), out var amount) ? amount : null;

    private static Probe? ReadProbe(JsonNode? probe)
    {
        if (probe is null)
        {
            return null;
        }

        var (kind, target, port) = probe switch
        {
            _ when probe.At("httpGet") is { } http => ("http", http.Text("path") is { Length: > 0 } path ? path : "/", http.Text("port")),
            _ when probe.At("tcpSocket") is { } tcp => ("tcp", tcp.Text("port"), tcp.Text("port")),
            _ when probe.At("grpc") is { } grpc => ("grpc", grpc.Text("service"), grpc.Text("port")),
            _ => ("exec", probe.Texts("exec", "command") is [var first, ..] ? first : "", ""),
        };
        // Kubernetes' defaults, which a server fills in but a dry manifest may lack.
        return new Probe(
            kind, target, port,
            probe.Integer("periodSeconds") ?? 10, probe.Integer("timeoutSeconds") ?? 1,
            probe.Integer("failureThreshold") ?? 3, probe.Integer("initialDelaySeconds") ?? 0);
    }
}
