using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>Gives containers what the limit ranges of their namespace say by default, and refuses what is outside of them.</summary>
internal static class LimitAdmission
{
    private const string Ranges = "limitranges";

    /// <exception cref="ApiException">Forbidden: a container, pod or claim is outside of a limit.</exception>
    public static void Apply(ResourceStore store, ResourceKind kind, JsonObject made)
    {
        if (kind.Kind is not ("Pod" or "PersistentVolumeClaim"))
        {
            return;
        }

        foreach (var item in store.Scan(Ranges, made.Space()).Items.SelectMany(range => range.Each("spec", "limits")))
        {
            if (kind.Kind == "Pod" && item.Text("type") == "Container")
            {
                Default(made, item);
            }
        }

        List<string> wrong = [];
        foreach (var item in store.Scan(Ranges, made.Space()).Items.SelectMany(range => range.Each("spec", "limits")))
        {
            foreach (var (request, limit) in Amended(kind, made, item.Text("type")))
            {
                Check(item, request, limit, wrong);
            }
        }

        if (wrong.Count > 0)
        {
            throw ApiException.Forbidden(kind.Qualified, made.Name(), wrong.Count == 1 ? wrong[0] : $"[{string.Join(", ", wrong)}]");
        }
    }

    private static void Default(JsonObject pod, JsonObject item)
    {
        List<string> said = [];
        foreach (var list in (string[])["containers", "initContainers"])
        {
            foreach (var container in pod.Each("spec", list))
            {
                foreach (var (side, from, word) in ((string, string, string)[])[("requests", "defaultRequest", "request"), ("limits", "default", "limit")])
                {
                    var set = (item.Map(from) ?? []).Where(pair => container.At("resources", side, pair.Key) is null).ToList();
                    foreach (var (name, value) in set)
                    {
                        container.Make("resources", side)[name] = value!.DeepClone();
                    }

                    if (set.Count > 0)
                    {
                        said.Add($"{string.Join(", ", set.Select(pair => pair.Key).Order(StringComparer.Ordinal))} {word} for {(list[0] == 'i' ? "init " : "")}container {container.Text("name")}");
                    }
                }
            }
        }

        if (said.Count > 0)
        {
            pod.Make("metadata", "annotations")["kubernetes.io/limit-ranger"] = "LimitRanger plugin set: " + string.Join("; ", said);
        }
    }

    /// <summary>What is asked for and allowed at most, for each thing that a limit of that type is about.</summary>
    private static IEnumerable<(Func<string, double?> Request, Func<string, double?> Limit)> Amended(ResourceKind kind, JsonObject made, string type)
    {
        static double? Of(JsonNode? value) => value is null ? null : Amounts.Of(value);
        if (kind.Kind == "PersistentVolumeClaim")
        {
            return type == "PersistentVolumeClaim"
                ? [(name => Of(made.At("spec", "resources", "requests", name)), name => Of(made.At("spec", "resources", "requests", name)))] : [];
        }

        double? Pod(string side, string name) =>
            made.Each("spec", "containers").Any(container => container.At("resources", side, name) is not null) ? Amounts.OfPod(made, side, name) : null;
        return type switch
        {
            "Container" => made.Each("spec", "containers").Concat(made.Each("spec", "initContainers")).Select(container => (
                (Func<string, double?>)(name => Of(container.At("resources", "requests", name))),
                (Func<string, double?>)(name => Of(container.At("resources", "limits", name))))),
            "Pod" => [(name => Pod("requests", name), name => Pod("limits", name))],
            _ => [],
        };
    }

    private static void Check(JsonObject item, Func<string, double?> request, Func<string, double?> limit, List<string> wrong)
    {
        var type = item.Text("type");
        foreach (var (name, least) in item.Map("min") ?? [])
        {
            var start = $"minimum {name} usage per {type} is {least.Text()}";
            if (request(name) is not { } asked)
            {
                wrong.Add(start + ". No request is specified");
            }
            else if (asked < Amounts.Of(least))
            {
                wrong.Add($"{start}, but request is {Amounts.Text(name, asked)}");
            }
            else if (limit(name) is { } most && most < Amounts.Of(least))
            {
                wrong.Add($"{start}, but limit is {Amounts.Text(name, most)}");
            }
        }

        foreach (var (name, most) in item.Map("max") ?? [])
        {
            var start = $"maximum {name} usage per {type} is {most.Text()}";
            if (limit(name) is not { } allowed)
            {
                wrong.Add(start + ". No limit is specified");
            }
            else if (allowed > Amounts.Of(most))
            {
                wrong.Add($"{start}, but limit is {Amounts.Text(name, allowed)}");
            }
        }

        foreach (var (name, ratio) in item.Map("maxLimitRequestRatio") ?? [])
        {
            if (request(name) is > 0 and var asked && limit(name) is { } allowed && allowed / asked > Amounts.Of(ratio))
            {
                wrong.Add(string.Create(CultureInfo.InvariantCulture, $"{name} max limit to request ratio per {type} is {ratio.Text()}, but provided ratio is {allowed / asked:0.000000}"));
            }
        }
    }
}
