using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Experiments.Functions;
using Crater.Kubernetes.Toolkit;

namespace Crater.Cli.Chaos.Extensions;

/// <summary>What Crater offers in the place of a Python package, in the shape of a discovery file.</summary>
internal static class NativeDiscovery
{
    private static readonly Dictionary<string, string> Modules = new()
    {
        ["chaostoolkit-lib"] = "chaoslib",
        ["chaostoolkit-aws"] = "chaosaws",
        ["chaostoolkit-kubernetes"] = "chaosk8s",
        ["chaostoolkit-toxiproxy"] = "chaostoxi",
        ["chaostoolkit-prometheus"] = "chaosprometheus",
        ["chaostoolkit-grafana"] = "chaosgrafana",
        ["chaostoolkit-terraform"] = "chaosterraform",
    };

    /// <summary>The packages of which functions run natively.</summary>
    public static IEnumerable<string> Packages => Modules.Keys.Where(package => Functions(package).Any());

    /// <returns>Null when nothing of the package runs natively.</returns>
    public static JsonObject? Of(string package, DateTimeOffset at, Guid id)
    {
        var functions = Functions(package).ToArray();
        return functions.Length == 0 ? null : new JsonObject
        {
            ["chaoslib_version"] = ChaosVersion.Library,
            ["id"] = id.ToString(),
            ["target"] = Modules[package][5..],
            ["date"] = at.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'+00:00'", System.Globalization.CultureInfo.InvariantCulture),
            ["platform"] = Platform(),
            ["extension"] = new JsonObject { ["name"] = package, ["version"] = Composition.RunDesk.Version },
            ["activities"] = new JsonArray([.. functions.Select(function => (JsonNode)Activity(function))]),
            ["system"] = null,
        };
    }

    private static IEnumerable<PythonFunction> Functions(string package) => Modules.TryGetValue(package, out var module)
        ? PythonFunctions.All.Concat(KubernetesFunctions.All).Where(function => function.Module == module || function.Module.StartsWith(module + ".", StringComparison.Ordinal))
        : [];

    private static JsonObject Activity(PythonFunction function) => new()
    {
        ["type"] = function.Kind == FunctionKind.Probe ? "probe" : "action",
        ["name"] = function.Name,
        ["mod"] = function.Module,
        ["doc"] = $"{function.Summary}{(function.Needs.Length > 0 ? $"\n\nNeeds {function.Needs}." : "")}",
        ["arguments"] = new JsonArray([.. function.Parameters.Select(parameter => (JsonNode)Argument(parameter))]),
    };

    private static JsonObject Argument(FunctionParameter parameter)
    {
        var argument = new JsonObject { ["name"] = parameter.Name };
        if (!parameter.IsRequired)
        {
            argument["default"] = parameter.Default?.DeepClone();
        }

        argument["type"] = parameter.Type switch
        {
            "str" => "string",
            "int" => "integer",
            "float" => "number",
            "bool" => "boolean",
            "list" => "list",
            "dict" => "mapping",
            _ => "object",
        };
        return argument;
    }

    private static JsonObject Platform() => new()
    {
        ["system"] = OperatingSystem.IsMacOS() ? "Darwin" : OperatingSystem.IsWindows() ? "Windows" : "Linux",
        ["node"] = Environment.MachineName,
        ["release"] = Environment.OSVersion.Version.ToString(),
        ["version"] = RuntimeInformation.OSDescription,
        ["machine"] = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "aarch64" : "x86_64",
        ["proc"] = "",
        ["python"] = "",
    };
}
