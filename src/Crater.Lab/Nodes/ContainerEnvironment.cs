using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Lab.Store;
using Crater.Targets;

namespace Crater.Lab.Nodes;

/// <summary>A container's environment cannot be built: what it refers to is not there.</summary>
internal sealed class ContainerConfigException(string message) : Exception(message);

/// <summary>Builds the environment of one container by Kubernetes' rules: ambient, services, envFrom, env; later wins.</summary>
internal sealed class ContainerEnvironment(ResourceStore store)
{
    /// <summary>What a program needs to run at all on this machine; nothing else of the lab's own environment is handed on.</summary>
    private static readonly string[] FromHost =
        ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "DOTNET_ROOT", "DOTNET_ROOT_X64", "DOTNET_ROOT_ARM64", "LD_LIBRARY_PATH"];

    /// <summary>What port-forward calls <c>localhost</c> in a pod. Pods of the lab share this machine's loopback, so that each has an address of its own there.</summary>
    private const string Loopback = "CRATER_LOOPBACK";

    /// <exception cref="ContainerConfigException">A config map, a secret or a key is missing and not optional.</exception>
    public Dictionary<string, string> Build(JsonObject pod, JsonObject container, string address, string hostAddress, IReadOnlyDictionary<string, string> ambient)
    {
        Dictionary<string, string> variables = [];
        foreach (var name in FromHost)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                variables[name] = value;
            }
        }

        variables["HOSTNAME"] = pod.Name();
        variables["POD_IP"] = address;
        variables[Loopback] = address;
        foreach (var (name, value) in ambient)
        {
            variables[name] = value;
        }

        foreach (var source in container.Each("envFrom"))
        {
            AddAll(variables, pod.Space(), source);
        }

        // Where a volume and a pod's loopback are on this machine the lab alone knows: a pod may say where they would be on another cluster.
        foreach (var entry in container.Each("env").Where(entry => entry.Text("name") != Loopback && (!PodVolumes.IsFolder(entry.Text("name")) || !ambient.ContainsKey(entry.Text("name")))))
        {
            if (Value(pod, container, entry, variables, (address, hostAddress)) is { } value)
            {
                variables[entry.Text("name")] = value;
            }
        }

        return variables;
    }

    /// <summary>The entries of a config map or secret, decoded.</summary>
    public IReadOnlyDictionary<string, string>? Entries(string resource, string space, string name)
    {
        if (store.Get(resource, space, name) is not { } found)
        {
            return null;
        }

        return resource == "secrets"
            ? found.Labels("data").ToDictionary(entry => entry.Key, entry => Encoding.UTF8.GetString(Convert.FromBase64String(entry.Value)))
            : found.Labels("data");
    }

    private void AddAll(Dictionary<string, string> variables, string space, JsonObject source)
    {
        var (resource, kind, reference) = source.At("secretRef") is { } secret ? ("secrets", "secret", secret) : ("configmaps", "configmap", source.At("configMapRef"));
        var entries = Entries(resource, space, reference.Text("name"));
        if (entries is null && !reference.Flag("optional"))
        {
            throw new ContainerConfigException($"{kind} \"{reference.Text("name")}\" not found");
        }

        foreach (var (name, value) in entries ?? new Dictionary<string, string>())
        {
            variables[source.Text("prefix") + name] = value;
        }
    }

    private string? Value(JsonObject pod, JsonObject container, JsonObject entry, Dictionary<string, string> variables, (string Pod, string Host) address)
    {
        var from = entry.At("valueFrom");
        if (from is null)
        {
            return Expansion.Expand(entry.Text("value"), variables);
        }

        if (from.At("fieldRef") is { } field)
        {
            return Field(pod, field.Text("fieldPath"), address);
        }

        if (from.At("resourceFieldRef") is { } amount)
        {
            return Amount(pod, container, amount);
        }

        var (resource, kind, reference) = from.At("secretKeyRef") is { } secret ? ("secrets", "secret", secret) : ("configmaps", "configmap", from.At("configMapKeyRef"));
        var (name, key) = (reference.Text("name"), reference.Text("key"));
        var entries = Entries(resource, pod.Space(), name);
        if (entries is not null && entries.TryGetValue(key, out var value))
        {
            return value;
        }

        return reference.Flag("optional")
            ? null
            : throw new ContainerConfigException(entries is null
                ? $"{kind} \"{name}\" not found"
                : $"couldn't find key {key} in {(resource == "secrets" ? "Secret" : "ConfigMap")} {pod.Space()}/{name}");
    }

    private static string Field(JsonObject pod, string path, (string Pod, string Host) address)
    {
        var open = path.IndexOf('[', StringComparison.Ordinal);
        return path switch
        {
            "status.podIP" or "status.podIPs" => address.Pod,
            "status.hostIP" or "status.hostIPs" => address.Host,
            "spec.serviceAccountName" => pod.Text("spec", "serviceAccountName") is { Length: > 0 } account ? account : "default",
            _ when open > 0 && path.StartsWith("metadata.", StringComparison.Ordinal) =>
                pod.Text("metadata", path["metadata.".Length..open], path[(open + 1)..].Trim(']', '\'', '"')),
            _ => pod.Text(path.Split('.')),
        };
    }

    /// <summary>A limit or request in the unit of the divisor, rounded up, as the kubelet does it.</summary>
    private static string Amount(JsonObject pod, JsonObject container, JsonNode reference)
    {
        var owner = reference.Text("containerName") is { Length: > 0 } name ? pod.Each("spec", "containers").FirstOrDefault(other => other.Text("name") == name) : container;
        var text = owner.Text(["resources", .. reference.Text("resource").Split('.', 2)]);
        var divisor = Quantity.TryParse(reference.Text("divisor"), out var given) && given > 0 ? given : 1;
        return Quantity.TryParse(text, out var amount) ? Math.Ceiling(amount / divisor).ToString("0", CultureInfo.InvariantCulture) : "0";
    }
}
