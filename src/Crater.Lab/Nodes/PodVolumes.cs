using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Nodes;

/// <summary>
/// Volumes as folders on this machine. A process cannot see a mount path that is not there, so each mounted volume is handed over as
/// an environment variable: <c>CRATER_VOLUME_DATA=/…</c> for the volume <c>data</c>.
/// </summary>
internal static class PodVolumes
{
    private const string Variable = "CRATER_VOLUME_";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Whether an environment variable says where a volume is.</summary>
    public static bool IsFolder(string variable) => variable.StartsWith(Variable, StringComparison.Ordinal);

    /// <exception cref="ContainerConfigException">A config map or secret is missing and not optional.</exception>
    public static IEnumerable<KeyValuePair<string, string>> Folders(
        ContainerEnvironment entries, JsonObject pod, JsonObject container, string allPods, string podFolder)
    {
        foreach (var mount in container.Each("volumeMounts"))
        {
            var name = mount.Text("name");
            if (pod.Each("spec", "volumes").FirstOrDefault(volume => volume.Text("name") == name) is { } volume
                && FolderOf(entries, pod, volume, allPods, podFolder) is { } folder)
            {
                yield return new(Variable + name.ToUpperInvariant().Replace('-', '_').Replace('.', '_'), folder);
            }
        }
    }

    /// <summary>Shows the pod what a config map or secret says now, in the volumes that it has of it. What is deleted stays as it was, as on a real node.</summary>
    /// <param name="resource">configmaps or secrets.</param>
    public static void Renew(ContainerEnvironment entries, JsonObject pod, string resource, string source, string podFolder)
    {
        foreach (var volume in pod.Each("spec", "volumes"))
        {
            var (map, secret) = (volume.At("configMap"), volume.At("secret"));
            var shown = resource == "secrets" ? (secret, secret.Text("secretName")) : (map, map.Text("name"));
            var folder = Path.Combine(podFolder, "volumes", volume.Text("name"));
            if (shown is ({ } of, var name) && name == source && Directory.Exists(folder) && entries.Entries(resource, pod.Space(), source) is { } now)
            {
                Write(now, of, folder);
            }
        }
    }

    /// <summary>The pod's folder with its logs and volumes; claims stay.</summary>
    public static void Remove(string podFolder)
    {
        try
        {
            Directory.Delete(podFolder, recursive: true);
        }
        catch (IOException)
        {
            // A reader of the log may still hold the folder; the whole working folder goes with the lab.
        }
    }

    private static string? FolderOf(ContainerEnvironment entries, JsonObject pod, JsonObject volume, string allPods, string podFolder)
    {
        var name = volume.Text("name");
        if (volume.At("persistentVolumeClaim") is { } claim)
        {
            // A claim outlives the pods that use it.
            return Directory.CreateDirectory(Path.Combine(allPods, "claims", pod.Space(), claim.Text("claimName"))).FullName;
        }

        if (volume.At("emptyDir") is not null)
        {
            return Directory.CreateDirectory(Path.Combine(podFolder, "volumes", name)).FullName;
        }

        if (volume.At("hostPath") is { } host)
        {
            // What a pod writes there outlives it on its node; a node of the lab is a folder, and nothing of this machine is shown to anybody.
            return Directory.CreateDirectory(Path.Join(allPods, "nodes", pod.Text("spec", "nodeName"), Path.GetFullPath(host.Text("path"), "/"))).FullName;
        }

        return (volume.At("configMap"), volume.At("secret")) switch
        {
            ({ } map, _) => Files(entries.Entries("configmaps", pod.Space(), map.Text("name")), map, $"configmap \"{map.Text("name")}\"", podFolder, name),
            (_, { } secret) => Files(entries.Entries("secrets", pod.Space(), secret.Text("secretName")), secret, $"secret \"{secret.Text("secretName")}\"", podFolder, name),
            _ => null,
        };
    }

    private static string Files(IReadOnlyDictionary<string, string>? entries, JsonNode source, string what, string podFolder, string name)
    {
        if (entries is null && !source.Flag("optional"))
        {
            throw new ContainerConfigException($"MountVolume.SetUp failed for volume \"{name}\": {what} not found");
        }

        var folder = Directory.CreateDirectory(Path.Combine(podFolder, "volumes", name), OwnerOnly | UnixFileMode.UserExecute).FullName;
        Write(entries ?? new Dictionary<string, string>(), source, folder);
        return folder;
    }

    /// <summary>Makes the files of a folder those of the entries. Who reads one sees the old text or the new, never half of it.</summary>
    private static void Write(IReadOnlyDictionary<string, string> entries, JsonNode source, string folder)
    {
        Dictionary<string, string> texts = [];
        foreach (var (key, value) in entries)
        {
            var path = source.Each("items").FirstOrDefault(item => item.Text("key") == key).Text("path") is { Length: > 0 } renamed ? renamed : key;
            texts[Path.GetFileName(path)] = value;
        }

        foreach (var (name, text) in texts)
        {
            var file = Path.Combine(folder, name);
            if (File.Exists(file) && File.ReadAllText(file) == text)
            {
                continue;
            }

            var written = Path.Combine(folder, $"..{name}");
            File.WriteAllText(written, text);
            File.SetUnixFileMode(written, OwnerOnly);
            File.Move(written, file, overwrite: true);
        }

        foreach (var gone in Directory.GetFiles(folder).Where(file => !texts.ContainsKey(Path.GetFileName(file))))
        {
            File.Delete(gone);
        }
    }
}
