using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Crater.Kubernetes.Client;

/// <summary>Whom a user of the kubeconfig acts as (<c>as</c>, <c>as-uid</c>, <c>as-groups</c>, <c>as-user-extra</c>).</summary>
internal sealed record Impersonation(string User, string Uid, IReadOnlyList<string> Groups, IReadOnlyList<(string Key, string Value)> Extra)
{
    public static readonly Impersonation None = new("", "", [], []);

    public static Impersonation Of(JsonNode user) => new(
        user.Text("as"), user.Text("as-uid"), user.Texts("as-groups"),
        user.At("as-user-extra") is JsonObject extra ? [.. extra.SelectMany(entry => extra.Texts(entry.Key).Select(value => (entry.Key, value)))] : []);

    /// <summary>Groups, a uid or more without a user whom they are of.</summary>
    public bool IsIncomplete => User.Length == 0 && (Uid.Length > 0 || Groups.Count > 0 || Extra.Count > 0);

    public void AddTo(HttpRequestHeaders headers)
    {
        if (User.Length == 0)
        {
            return;
        }

        headers.TryAddWithoutValidation("Impersonate-User", User);
        if (Uid.Length > 0)
        {
            headers.TryAddWithoutValidation("Impersonate-Uid", Uid);
        }

        foreach (var group in Groups)
        {
            headers.TryAddWithoutValidation("Impersonate-Group", group);
        }

        foreach (var (key, value) in Extra)
        {
            headers.TryAddWithoutValidation($"Impersonate-Extra-{Uri.EscapeDataString(key)}", value);
        }
    }
}
