using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What a new pod gets from its service account: the account itself, its secrets for images, and the volume in which its token is.</summary>
internal static class AccountAdmission
{
    private const string Default = "default";
    private const string TokenPath = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>An hour and the seven seconds by which the real server knows the tokens that it has asked for itself.</summary>
    private const int TokenSeconds = 3607;

    private const int FileMode = 420;

    /// <exception cref="ApiException">Forbidden: the account is not there.</exception>
    public static void Apply(ResourceStore store, JsonObject pod, JsonObject spec)
    {
        Defaults.Set(spec, "serviceAccountName", Default);
        var name = spec.Text("serviceAccountName");
        var account = store.Peek("serviceaccounts", pod.Space(), name);
        if (account is null && name != Default)
        {
            throw ApiException.Forbidden("pods", pod.Name(), $"error looking up service account {pod.Space()}/{name}: serviceaccount \"{name}\" not found");
        }

        if (IsMounted(spec) ?? IsMounted(account) ?? true)
        {
            Mount(spec);
        }

        if (!spec.Each("imagePullSecrets").Any() && account?["imagePullSecrets"] is JsonArray { Count: > 0 } secrets)
        {
            spec["imagePullSecrets"] = secrets.DeepClone();
        }
    }

    private static bool? IsMounted(JsonObject? owner) => owner?["automountServiceAccountToken"] is JsonValue ? owner.Flag("automountServiceAccountToken") : null;

    private static void Mount(JsonObject spec)
    {
        var containers = spec.Each("initContainers").Concat(spec.Each("containers"))
            .Where(container => container.Each("volumeMounts").All(mount => mount.Text("mountPath") != TokenPath)).ToList();
        if (containers.Count == 0)
        {
            return;
        }

        var volume = $"kube-api-access-{RandomNumberGenerator.GetString(ObjectWrites.NameLetters, 5)}";
        foreach (var container in containers)
        {
            Append(container, "volumeMounts", new JsonObject { ["name"] = volume, ["readOnly"] = true, ["mountPath"] = TokenPath });
        }

        Append(spec, "volumes", new JsonObject
        {
            ["name"] = volume,
            ["projected"] = new JsonObject
            {
                ["sources"] = new JsonArray(
                    new JsonObject { ["serviceAccountToken"] = new JsonObject { ["expirationSeconds"] = TokenSeconds, ["path"] = "token" } },
                    new JsonObject { ["configMap"] = new JsonObject { ["name"] = "kube-root-ca.crt", ["items"] = Items("key", "ca.crt", "ca.crt") } },
                    new JsonObject
                    {
                        ["downwardAPI"] = new JsonObject
                        {
                            ["items"] = Items("fieldRef", new JsonObject { ["apiVersion"] = "v1", ["fieldPath"] = "metadata.namespace" }, "namespace"),
                        },
                    }),
                ["defaultMode"] = FileMode,
            },
        });
    }

    private static JsonArray Items(string key, JsonNode value, string path) => new(new JsonObject { [key] = value, ["path"] = path });

    private static void Append(JsonObject owner, string list, JsonObject item)
    {
        if (owner[list] is JsonArray items)
        {
            items.Add((JsonNode)item);
        }
        else
        {
            owner[list] = new JsonArray(item);
        }
    }
}
