using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers.Engines;

/// <summary>
/// One object of an engine that is ours. Its name is made of the injection's, so that a doubled or lost request is one object; run, target and deadline
/// stand on it from the start, so that whoever comes by can end what a dead process began.
/// </summary>
internal static class EngineObject
{
    /// <summary>The id of the target that the object is about.</summary>
    public const string TargetKey = KeptData.TargetKey;

    /// <summary>On what stays behind as a record when the fault is over; holds nothing.</summary>
    public const string EndedLabel = "crater.dev/ended";

    public const string EndedKey = "crater.dev/ended-at";

    /// <summary>
    /// For example <c>crater-1a2b3c4d-1</c>: at most 26 characters, since engines build names of pods and values of labels from it, which may have 63.
    /// </summary>
    public static string NameOf(Injection injection) => NameOf(injection.Id);

    /// <inheritdoc cref="NameOf(Injection)"/>
    public static string NameOf(string injection) => $"crater-{injection["chaos-".Length..].Replace('.', '-')}";

    /// <summary>The object without its spec.</summary>
    public static JsonObject Of(Resource resource, string space, Injection injection, DateTimeOffset deadline)
    {
        var made = new JsonObject
        {
            ["apiVersion"] = resource.ApiVersion,
            ["kind"] = resource.Kind,
            ["metadata"] = new JsonObject { ["name"] = NameOf(injection), ["namespace"] = space, ["labels"] = new JsonObject { ["app.kubernetes.io/managed-by"] = "crater" } },
        };
        Mark.For(injection, Undo.Elsewhere(injection.Fault.Name, resource.Plural, ""), deadline).PutOn(made);
        made["metadata"]!["annotations"]![TargetKey] = injection.Target.Id.Value;
        return made;
    }

    public static bool IsOf(JsonObject found, string injection) => found.Annotation(Mark.InjectionKey) == injection;

    /// <summary>A merge patch of metadata: engines without a status subresource write whole objects, and must not be written over.</summary>
    public static JsonObject Deadline(JsonObject seen, DateTimeOffset deadline) => new()
    {
        ["metadata"] = new JsonObject { ["uid"] = seen.Uid(), ["annotations"] = new JsonObject { [Mark.DeadlineKey] = Mark.DeadlineText(deadline) } },
    };

    public static TargetId TargetOf(JsonObject found) => new(found.Annotation(TargetKey));
}
