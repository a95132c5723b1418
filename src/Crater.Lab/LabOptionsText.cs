using System.Text.Json.Nodes;
using Crater.Lab.Nodes;
using Crater.Lab.Spawning;
using Crater.Lab.Store;

namespace Crater.Lab;

/// <summary>Options as JSON, for the process that becomes the lab.</summary>
internal static class LabOptionsText
{
    public static JsonObject Write(LabOptions options, ProcessId owner) => new()
    {
        ["nodes"] = options.Nodes,
        ["hollowNodes"] = options.HollowNodes,
        ["images"] = new JsonArray([.. options.Images.Entries.Select(entry => (JsonNode)new JsonObject { ["name"] = entry.Name, ["command"] = Texts(entry.Image.Command) })]),
        ["kubeconfig"] = options.Kubeconfig.Length > 0 ? Path.GetFullPath(options.Kubeconfig) : "",
        ["workingFolder"] = options.WorkingFolder.Length > 0 ? Path.GetFullPath(options.WorkingFolder) : "",
        ["manifests"] = Texts([.. options.Manifests.Select(Path.GetFullPath)]),
        ["apiPort"] = options.ApiPort,
        ["backOffBaseMs"] = options.BackOffBase.TotalMilliseconds,
        ["tool"] = Texts(options.Tool),
        ["stateFolder"] = Path.GetFullPath(options.StateFolder),
        ["seed"] = options.Seed,
        ["cgroups"] = options.Cgroups,
        ["ownerPid"] = owner.Pid,
        ["ownerStartTicks"] = owner.StartTicks,
    };

    public static (LabOptions Options, ProcessId Owner) Read(JsonNode json)
    {
        var images = new ImageMap();
        foreach (var image in json.Each("images"))
        {
            images.Add(image.Text("name"), [.. image.Texts("command")]);
        }

        var options = new LabOptions
        {
            Nodes = json.Count(3, "nodes"),
            HollowNodes = json.Count(0, "hollowNodes"),
            Images = images,
            Kubeconfig = json.Text("kubeconfig"),
            WorkingFolder = json.Text("workingFolder"),
            Manifests = [.. json.Texts("manifests")],
            ApiPort = json.Count(0, "apiPort"),
            BackOffBase = TimeSpan.FromMilliseconds((double)json["backOffBaseMs"]!),
            Tool = [.. json.Texts("tool")],
            StateFolder = json.Text("stateFolder"),
            Seed = json.Count(0, "seed"),
            Cgroups = json.Flag("cgroups"),
        };
        return (options, new ProcessId(json.Count(0, "ownerPid"), json.Number("ownerStartTicks") ?? 0));
    }

    private static JsonArray Texts(IReadOnlyList<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);
}
