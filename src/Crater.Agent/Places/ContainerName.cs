namespace Crater.Agent.Places;

/// <summary>
/// A container as its control group is called. Every runtime puts the id into the last part of the path, each with words of its own around it, so that one needs to ask
/// none of them.
/// </summary>
/// <param name="Runtime">docker, containerd, cri-o, podman, runc or crun; empty where the name does not tell.</param>
internal readonly record struct ContainerName(string Id, string Runtime)
{
    /// <summary>Docker shows twelve digits; fewer than this would name a container by chance.</summary>
    public const int PrefixLengthMin = 6;

    private const int FullLength = 64;

    private static readonly (string Prefix, string Runtime)[] Scopes =
    [
        ("docker-", "docker"), ("cri-containerd-", "containerd"), ("nerdctl-", "containerd"), ("crio-", "cri-o"), ("libpod-payload-", "podman"), ("libpod-", "podman"),
        ("runc-", "runc"), ("crun-", "crun"),
    ];

    /// <summary>Nothing but a container is called so.</summary>
    public bool IsCertain => Runtime.Length > 0 || IsFull(Id);

    /// <summary>A service or slice of systemd's, or the folder that it is in itself.</summary>
    public bool IsOfSystemd => Id.EndsWith(".service", StringComparison.Ordinal) || Id.EndsWith(".slice", StringComparison.Ordinal) || Id is "init";

    /// <summary>Reads one part of a path; null for what watches a container instead of being one.</summary>
    /// <param name="parent">The part before it.</param>
    public static ContainerName? Read(string part, string parent)
    {
        var name = part.EndsWith(".scope", StringComparison.Ordinal) ? part[..^".scope".Length] : part;
        if (name.Contains("conmon", StringComparison.Ordinal))
        {
            return null;
        }

        // Where systemd manages what it was not asked to: kubepods-podX.slice:cri-containerd:ID.
        if (name.Split(':') is [_, var word, var last])
        {
            return new ContainerName(last, RuntimeOf(word));
        }

        foreach (var (prefix, runtime) in Scopes)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal))
            {
                return new ContainerName(name[prefix.Length..], runtime);
            }
        }

        return new ContainerName(name, IsFull(name) ? RuntimeOf(parent) : "");
    }

    /// <summary>Whether this is what a person means by that text: the whole id, or the beginning of a long one.</summary>
    public bool Is(string asked) => Id == asked || (asked.Length >= PrefixLengthMin && IsFull(Id) && Id.StartsWith(asked, StringComparison.Ordinal));

    /// <summary>The id without what Kubernetes writes before it: <c>containerd://ID</c>.</summary>
    public static string Plain(string asked) => asked.IndexOf("://", StringComparison.Ordinal) is >= 0 and var at ? asked[(at + 3)..] : asked;

    /// <summary>The runtime by any of its names; empty when it has none here.</summary>
    public static string RuntimeOf(string word) => word switch
    {
        "docker" => "docker",
        "containerd" or "cri-containerd" or "nerdctl" => "containerd",
        "crio" or "cri-o" => "cri-o",
        "podman" or "libpod" or "libpod_parent" => "podman",
        "runc" => "runc",
        "crun" => "crun",
        _ => "",
    };

    private static bool IsFull(string id) => id.Length == FullLength && id.All(char.IsAsciiHexDigitLower);
}
