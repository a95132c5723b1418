using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Cli.Chaos.Syntax;
using Crater.Cli.Composition;
using Crater.Diagnostics;
using Crater.Documents;
using Crater.Experiments;

namespace Crater.Cli.Chaos;

/// <summary>The document that a command was given: how it is opened, and what is said of it.</summary>
internal static class ChaosDocument
{
    public static DocumentOpener Open(ChaosArguments options, ChaosSession session) => DocumentOpener.For(
        new DocumentWishes
        {
            Source = options.Values[0],
            Variables = VariableText.All(options.Texts("--var")),
            VarFiles = options.Texts("--var-file"),
            VerifyTls = !options.Has("--no-verify-tls"),
            Settings = session.Settings,
            ControlFiles = options.Texts("--control-file"),
            IsStrict = !options.Has("--no-validation"),
            IsUnchecked = options.Has("--no-validation"),
            Log = line => session.Log.Python(line),
        },
        session.Surroundings);

    /// <summary>Each problem on a line of its own: every one, never only the first.</summary>
    public static void Say(IEnumerable<Problem> problems, ChaosSession session)
    {
        foreach (var problem in problems)
        {
            if (problem.IsWarning)
            {
                session.Log.Warning(problem.ToString(), "experiment");
            }
            else
            {
                session.Log.Error(problem.ToString(), "experiment");
            }
        }
    }

    /// <summary>The document for others to see: literal secrets in it are hidden.</summary>
    public static JsonNode? Shown(Document document)
    {
        var json = document.Root?.ToJson();
        if (json is JsonObject map && map["secrets"] is JsonObject secrets)
        {
            map["secrets"] = Hidden(secrets);
        }

        return json;
    }

    private static JsonNode? Hidden(JsonNode? secret) => secret switch
    {
        JsonObject map when map["type"]?.GetValueKind() == JsonValueKind.String => map.DeepClone(),
        JsonObject map => new JsonObject(map.Select(pair => KeyValuePair.Create(pair.Key, Hidden(pair.Value)))),
        _ => JsonValue.Create(Secrets.Masked),
    };
}
