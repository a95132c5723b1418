using System.Globalization;
using Crater.Agent.Places;

namespace Crater.Agent.Faults.Containers;

/// <summary>
/// The runtime's own program, for the two things that only a runtime can do: forget a container, and start it anew. An argument vector each, no shell.
/// </summary>
internal static class ContainerTool
{
    private static readonly string[] Folders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/var/lib/rancher/rke2/bin"];

    /// <exception cref="AgentException">CRT5621: the runtime is not known, or its program is not here.</exception>
    public static IReadOnlyList<string> Remove(Place place) => place.Runtime switch
    {
        "docker" or "podman" => [Find(place.Runtime), "rm", "-f", place.Container],
        "containerd" or "cri-o" => [Find("crictl"), "rm", "-f", place.Container],
        "runc" or "crun" => [Find(place.Runtime), "delete", "--force", place.Container],
        _ => throw Unknown(place, "remove"),
    };

    /// <param name="wait">Seconds that the container has to end by itself.</param>
    /// <exception cref="AgentException">CRT5621: the runtime cannot, is not known, or its program is not here.</exception>
    public static IReadOnlyList<string> Restart(Place place, long wait) => place.Runtime switch
    {
        "docker" or "podman" => [Find(place.Runtime), "restart", "-t", Text(wait), place.Container],
        // The kubelet starts another one in its place.
        "containerd" or "cri-o" => [Find("crictl"), "stop", "--timeout", Text(wait), place.Container],
        _ => throw Unknown(place, "restart"),
    };

    /// <summary>Those of these programs that are here, each by its path.</summary>
    public static IReadOnlyList<string> Here(params IEnumerable<string> programs) => [.. programs.Select(program => Folders.Select(folder => $"{folder}/{program}").FirstOrDefault(File.Exists)).OfType<string>()];

    /// <summary>What a person is told of them.</summary>
    /// <exception cref="AgentException">CRT5621: none is here.</exception>
    public static string Explain(params IReadOnlyList<string> programs) => Here(programs) is { Count: > 0 } here
        ? $"By {string.Join(", ", here)}, as an argument vector; containers of other runtimes need their own ({string.Join(", ", programs)})."
        : throw new AgentException("CRT5621", ExitCodes.Host, $"None of the runtimes' programs {string.Join(", ", programs)} is here (looked in {string.Join(", ", Folders)}), and only they can do this. Install one, or use container-kill.");

    private static string Find(string program) => Here(program) is [var found] ? found : throw new AgentException("CRT5621", ExitCodes.Host,
        $"The program {program} is not here (looked in {string.Join(", ", Folders)}), and only a runtime's own program can do this. Install it, or use container-kill.");

    private static AgentException Unknown(Place place, string what) => new("CRT5621", ExitCodes.Host, place.Runtime.Length > 0
        ? $"{place.Runtime} cannot {what} a container by itself. Use container-kill with --recover-cmd."
        : $"Which runtime {place.Asked} belongs to cannot be told from /proc. Say so with --container-runtime (docker, podman, containerd, cri-o, runc, crun).");

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
