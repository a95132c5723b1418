namespace Crater.Kubernetes.Client;

/// <summary>How to give a user the one permission that was missing.</summary>
internal static class Grants
{
    /// <param name="said">The server's own message, which names the user.</param>
    public static string How(Call call, string said)
    {
        if (call.Subject is not { } subject)
        {
            return "Ask for a role that allows it.";
        }

        var role = $"crater-{call.Verb}-{subject.Resource.Plural}{(subject.Subresource is null ? "" : $"-{subject.Subresource}")}";
        var (kind, where) = subject.IsInNamespace ? ("role", $" --namespace={subject.Space}") : ("clusterrole", "");
        var whom = UserIn(said) is { Length: > 0 } user ? Whom(user) : "--user=NAME";
        return $"Whoever administers it can grant that: kubectl create {kind} {role} --verb={call.Verb} --resource={subject.Qualified}{where} "
            + $"&& kubectl create {kind}binding {role} --{kind}={role} {whom}{where}";
    }

    /// <summary>The API server says <c>User "jane" cannot list resource …</c>.</summary>
    private static string UserIn(string said)
    {
        const string Before = "User \"";
        var start = said.IndexOf(Before, StringComparison.Ordinal);
        var end = start < 0 ? -1 : said.IndexOf('"', start + Before.Length);
        return end < 0 ? "" : said[(start + Before.Length)..end];
    }

    private static string Whom(string user) => user.Split(':') is ["system", "serviceaccount", var space, var name]
        ? $"--serviceaccount={space}:{name}"
        : $"--user={user}";
}
