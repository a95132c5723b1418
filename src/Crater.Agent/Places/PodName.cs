using System.Text.RegularExpressions;

namespace Crater.Agent.Places;

/// <summary>
/// A pod as the kubelet calls its control group, whatever the runtime and whoever manages the groups: <c>pod1a2b…</c> (cgroupfs), <c>kubepods-burstable-pod1a2b_….slice</c>
/// (systemd), the same below a prefix of its own, and <c>kubepods-pod1a2b_….slice:cri-containerd:ID</c>, where systemd manages what it was not asked to.
/// </summary>
internal static partial class PodName
{
    /// <summary>The pod's uid as the API writes it; empty where the part of a path is no pod's. Static pods have uids without dashes.</summary>
    public static string Read(string part) => Form().Match(part) is { Success: true } match ? match.Groups["uid"].Value.Replace('_', '-') : "";

    /// <summary>The part of a path that is this pod's, with everything before it; null where it is not in the pod.</summary>
    public static string? Top(string path, string uid)
    {
        var parts = path.Split('/');
        var at = Array.FindIndex(parts, part => Read(part) == uid);
        return at < 0 ? null : string.Join('/', parts[..(at + 1)]);
    }

    /// <summary>The container of this pod that a path is in, and the path of its own group; null for what is only in the pod, or in none.</summary>
    public static (ContainerName Name, string Path)? Container(string path, string uid)
    {
        if (Top(path, uid) is not { } top)
        {
            return null;
        }

        var parts = path.Split('/');
        var pod = top.Split('/').Length - 1;
        // The pod and its container in one part, or the container right below the pod: what a program made below that is still in it.
        var at = parts[pod].Contains(':', StringComparison.Ordinal) ? pod : pod + 1;
        return at < parts.Length && ContainerName.Read(parts[at], at > 0 ? parts[at - 1] : "") is { } name ? (name, string.Join('/', parts[..(at + 1)])) : null;
    }

    [GeneratedRegex("(?:^|-)pod(?<uid>[0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\\.slice)?(?::[^/]*)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
