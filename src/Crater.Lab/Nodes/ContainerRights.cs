using System.Text.Json.Nodes;
using Crater.Lab.Spawning;
using Crater.Lab.Store;

namespace Crater.Lab.Nodes;

/// <summary>
/// What a container that drops all capabilities may still do: what it adds again, and nothing that it could gain by starting a program. Only in a lab with control groups, which runs as root
/// as a kubelet does; a container that drops nothing keeps what the lab has.
/// </summary>
internal static class ContainerRights
{
    private const string Setter = "setpriv";

    /// <summary>The same program behind one that takes the rest away for good, in front of the program's own start.</summary>
    /// <exception cref="ContainerConfigException">This machine has no program for it.</exception>
    public static IReadOnlyList<string> Limit(IReadOnlyList<string> vector, JsonObject container)
    {
        var rights = container.At("securityContext", "capabilities");
        if (vector.Count == 0 || !Names(rights, "drop").Contains("ALL"))
        {
            return vector;
        }

        var setter = Programs.Find(Setter, "/usr/bin:/bin:/usr/sbin:/sbin")
            ?? throw new ContainerConfigException($"{Setter} (util-linux) is missing on this machine, which takes capabilities away from a container");
        var kept = string.Concat(Names(rights, "add").Select(name => $",+{name.ToLowerInvariant()}"));
        return [setter, $"--bounding-set=-all{kept}", "--inh-caps=-all", .. container.Flag("securityContext", "allowPrivilegeEscalation") ? (string[])[] : ["--no-new-privs"], "--", .. vector];
    }

    private static IEnumerable<string> Names(JsonNode? rights, string list) =>
        rights.Texts(list).Select(name => name.StartsWith("CAP_", StringComparison.Ordinal) ? name["CAP_".Length..] : name);
}
