using System.Text.Json.Nodes;
using Crater.Lab.Spawning;
using Crater.Lab.Store;

namespace Crater.Lab.Nodes;

/// <summary>Which program a container is: the image's command, replaced or completed by the pod's command and arguments.</summary>
internal static class ContainerProgram
{
    /// <summary>Kubernetes' rule: command replaces the ENTRYPOINT (here the mapped command), args replace the CMD (here: none).</summary>
    public static IReadOnlyList<string> Vector(JsonObject container, MappedImage image, IReadOnlyDictionary<string, string> variables)
    {
        IReadOnlyList<string> command = [.. container.Texts("command")];
        IReadOnlyList<string> front = command.Count > 0 ? [.. command.Select(word => Expansion.Expand(word, variables))] : image.Command;
        return [.. front, .. container.Texts("args").Select(word => Expansion.Expand(word, variables))];
    }

    /// <exception cref="ContainerConfigException">There is no program to run, or it is not on this machine.</exception>
    public static SpawnRequest Request(IReadOnlyList<string> vector, IReadOnlyDictionary<string, string> variables, string folder)
    {
        if (vector.Count == 0)
        {
            throw new ContainerConfigException("no command specified: the image is mapped to 'host' and the pod gives no command");
        }

        var path = variables.TryGetValue("PATH", out var given) ? given : "";
        var program = Programs.Find(vector[0], path, folder)
            ?? throw new ContainerConfigException($"exec: \"{vector[0]}\": executable file not found in $PATH");
        return new SpawnRequest { Program = program, Arguments = [.. vector.Skip(1)], Environment = variables, WorkingFolder = folder };
    }
}
