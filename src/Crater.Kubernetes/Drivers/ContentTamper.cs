using System.Text;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Changes;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers;

/// <summary>Changes or takes away one entry of a config map or a secret. Undo data goes into a Secret; no value stands anywhere else.</summary>
internal sealed class ContentTamper(KubernetesClient client, TimeProvider clock, TargetKind kind) : MarkedFault(client, clock, kind)
{
    public override string Name { get; } = $"{TargetId.Text(kind)}-tamper";

    protected override bool IsPrivate => true;

    protected override Task CheckAsync(Injection injection, JsonObject seen, CancellationToken abort)
    {
        var key = injection.Fault.Text("key");
        var keys = seen.Map("data").Keys.Concat(seen.Map("binaryData").Keys).Order(StringComparer.Ordinal).ToList();
        if (!keys.Contains(key))
        {
            throw new CraterException("CRT8085", $"'{injection.Target.Id}' has no entry '{key}'; it has {(keys.Count > 0 ? string.Join(", ", keys) : "none")}. Name one of these.");
        }

        return seen.Flag("immutable")
            ? throw new CraterException("CRT8082", $"'{injection.Target.Id}' is immutable: the API changes nothing in it. Choose another one.")
            : Task.CompletedTask;
    }

    protected override IEnumerable<(FieldPath At, JsonNode? During)> Aims(Injection injection, JsonObject seen)
    {
        var key = injection.Fault.Text("key");
        var isBinary = injection.Target.Kind == TargetKind.Secret || seen.Map("binaryData").ContainsKey(key);
        var value = injection.Fault.Text("value");
        JsonNode? during = injection.Fault.Text("change") == "delete" ? null
            : isBinary ? Convert.ToBase64String(Encoding.UTF8.GetBytes(value))
            : value;
        return [(FieldPath.Of(seen.Map("binaryData").ContainsKey(key) ? "binaryData" : "data", key), during)];
    }

    protected override string Mechanism(Injection injection) => $"entry {injection.Fault.Text("key")} {(injection.Fault.Text("change") == "delete" ? "deleted" : "replaced")} through the API";
}
