using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Crater.Kubernetes.Agents;

/// <summary>An agent pod and the Secret with its token, as they are written to the API.</summary>
internal static class AgentManifest
{
    /// <summary>Where craterd listens in the pod, on loopback: only the API server's port-forward leads there.</summary>
    public const int Port = 7431;

    public const string ContainerName = "craterd";

    /// <summary>The outer bound: longer than any run may last, with what its recovery may take.</summary>
    public static readonly TimeSpan LifeMax = TimeSpan.FromHours(4.5);

    /// <summary>What craterd may take to recover everything when the pod is evicted or deleted.</summary>
    private const int GraceSeconds = 30;

    /// <summary>The variable with the address that port-forward leads to inside the pod. Where pods share a loopback, as in a lab, whoever runs the pod sets it.</summary>
    private const string Loopback = "CRATER_LOOPBACK";

    /// <summary>What servers before 1.30 read instead of <c>appArmorProfile</c>; newer ones insist that both say the same.</summary>
    public const string OldAppArmorKey = $"container.apparmor.security.beta.kubernetes.io/{ContainerName}";

    private const string Token = "token";
    private const string TokenFolder = "/run/crater/token";

    public static string NewToken() => Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));

    public static JsonObject Secret(string name, AgentPodOptions options, string node, string token) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Secret",
        ["type"] = "crater.dev/agent-token",
        ["metadata"] = Metadata(name, options, node),
        ["data"] = new JsonObject { [Token] = Convert.ToBase64String(Encoding.UTF8.GetBytes(token)) },
    };

    /// <summary>The token that a Secret holds; empty when it holds none.</summary>
    public static string TokenOf(JsonObject? secret)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(Client.Fields.Text(secret, "data", Token)));
        }
        catch (FormatException)
        {
            return "";
        }
    }

    public static JsonObject Pod(string name, AgentPodOptions options, string node, AgentNeeds needs)
    {
        var metadata = Metadata(name, options, node);
        metadata["annotations"]![AgentNames.NeedsKey] = needs.Json().ToJsonString();
        metadata["annotations"]![OldAppArmorKey] = "unconfined";
        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = metadata,
            ["spec"] = Spec(options, needs, name, node),
        };
    }

    private static JsonObject Spec(AgentPodOptions options, AgentNeeds needs, string secret, string node) => new()
    {
        ["nodeName"] = node,
        ["hostPID"] = true,
        ["hostNetwork"] = needs.IsOnHostNetwork,
        ["restartPolicy"] = "Never",
        ["automountServiceAccountToken"] = false,
        ["enableServiceLinks"] = false,
        ["activeDeadlineSeconds"] = (long)LifeMax.TotalSeconds,
        ["terminationGracePeriodSeconds"] = GraceSeconds,
        // A node that is to be emptied, or is in trouble already, is where faults have to be taken off.
        ["tolerations"] = new JsonArray(new JsonObject { ["operator"] = "Exists" }),
        ["securityContext"] = new JsonObject { ["runAsUser"] = 0, ["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" } },
        ["containers"] = new JsonArray(Container(options, needs)),
        ["volumes"] = new JsonArray([
            new JsonObject { ["name"] = Token, ["secret"] = new JsonObject { ["secretName"] = secret, ["defaultMode"] = 0x100 /* 0400 */ } },
            .. Folders(needs).Select(folder => (JsonNode)new JsonObject
            {
                ["name"] = folder.Name,
                ["hostPath"] = new JsonObject { ["path"] = folder.Path, ["type"] = folder.Path == AgentNeeds.StatePath ? "DirectoryOrCreate" : "Directory" },
            })]),
    };

    private static JsonObject Container(AgentPodOptions options, AgentNeeds needs) => new()
    {
        ["name"] = ContainerName,
        ["image"] = options.Image,
        ["args"] = new JsonArray("serve", "--recover-at-end", "--listen", string.Create(CultureInfo.InvariantCulture, $"$({Loopback}):{Port}"), "--token-file", "$(CRATER_VOLUME_TOKEN)/token"),
        ["env"] = new JsonArray(
            Variable(Loopback, "127.0.0.1"), Variable("CRATER_VOLUME_TOKEN", TokenFolder), Variable("CRATER_VOLUME_STATE", AgentNeeds.StatePath), Variable("CRATERD_STATE", "$(CRATER_VOLUME_STATE)")),
        ["resources"] = new JsonObject
        {
            ["requests"] = new JsonObject { ["cpu"] = "10m", ["memory"] = "64Mi" },
            ["limits"] = needs.IsUnbounded ? [] : new JsonObject { ["memory"] = "512Mi" },
        },
        ["securityContext"] = new JsonObject
        {
            ["privileged"] = false,
            ["allowPrivilegeEscalation"] = false,
            ["readOnlyRootFilesystem"] = true,
            ["appArmorProfile"] = new JsonObject { ["type"] = "Unconfined" },
            ["capabilities"] = new JsonObject
            {
                ["drop"] = new JsonArray("ALL"),
                ["add"] = new JsonArray([.. needs.Capabilities.Select(one => (JsonNode)one)]),
            },
        },
        ["volumeMounts"] = new JsonArray([
            new JsonObject { ["name"] = Token, ["mountPath"] = TokenFolder, ["readOnly"] = true },
            .. Folders(needs).Select(folder => (JsonNode)new JsonObject { ["name"] = folder.Name, ["mountPath"] = folder.Path })]),
    };

    private static IEnumerable<(string Name, string Path)> Folders(AgentNeeds needs) =>
        needs.HostPaths.Select((path, index) => (path == AgentNeeds.StatePath ? "state" : path == AgentNeeds.GroupsPath ? "cgroup" : $"folder-{index}", path));

    private static JsonObject Variable(string name, string value) => new() { ["name"] = name, ["value"] = value };

    private static JsonObject Metadata(string name, AgentPodOptions options, string node) => new()
    {
        ["name"] = name,
        ["namespace"] = options.Namespace,
        ["labels"] = new JsonObject { [AgentNames.AgentLabel] = "true", ["app.kubernetes.io/name"] = "crater-agent" },
        ["annotations"] = new JsonObject { [AgentNames.NodeKey] = node },
    };
}
