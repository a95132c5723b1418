// Writes a CycloneDX bill of materials from a project's lock file, of what the project really ships: packages for building alone are left out.
//   dotnet run scripts/sbom.cs PROJECT-FOLDER NAME VERSION FILE
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false
#:property TreatWarningsAsErrors=false
#:property NoWarn=$(NoWarn);CA1050;CA1852;CA1515;RS0030;CA1869
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

if (args is not [var folder, var name, var version, var file])
{
    Console.Error.WriteLine("Write: dotnet run scripts/sbom.cs PROJECT-FOLDER NAME VERSION FILE");
    return 1;
}

var locked = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "packages.lock.json")))!["dependencies"]!.AsObject()
    .Where(framework => !framework.Key.Contains('/')).SelectMany(framework => framework.Value!.AsObject()).ToList();
// Analyzers are referred to by every project for its build, and are nothing that runs.
string[] buildOnly = ["Microsoft.CodeAnalysis.BannedApiAnalyzers"];
var packages = locked.Where(one => (string?)one.Value!["type"] != "Project" && !buildOnly.Contains(one.Key)).OrderBy(one => one.Key, StringComparer.Ordinal).ToList();
var reference = $"pkg:generic/{name}@{version}";
var document = new JsonObject
{
    ["bomFormat"] = "CycloneDX",
    ["specVersion"] = "1.5",
    // The same content has the same number, so that a build is repeatable.
    ["serialNumber"] = $"urn:uuid:{new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(reference + string.Concat(packages.Select(one => one.Key + one.Value!["contentHash"]))))[..16])}",
    ["version"] = 1,
    ["metadata"] = new JsonObject
    {
        ["component"] = new JsonObject { ["type"] = "container", ["bom-ref"] = reference, ["name"] = name, ["version"] = version, ["licenses"] = License("MIT") },
    },
    ["components"] = new JsonArray([.. packages.Select(one => (JsonNode?)new JsonObject
    {
        ["type"] = "library",
        ["bom-ref"] = Url(one),
        ["name"] = one.Key,
        ["version"] = (string)one.Value!["resolved"]!,
        ["purl"] = Url(one),
        ["hashes"] = new JsonArray(new JsonObject { ["alg"] = "SHA-512", ["content"] = Convert.ToHexStringLower(Convert.FromBase64String((string)one.Value!["contentHash"]!)) }),
    })]),
    ["dependencies"] = new JsonArray([.. packages.Select(one => (JsonNode?)new JsonObject
    {
        ["ref"] = Url(one),
        ["dependsOn"] = new JsonArray([.. (one.Value!["dependencies"] as JsonObject ?? []).Select(dependency => packages.Where(other => other.Key == dependency.Key).Select(Url).FirstOrDefault()).OfType<string>().Select(url => (JsonNode?)url)]),
    }).Prepend(new JsonObject
    {
        ["ref"] = reference,
        ["dependsOn"] = new JsonArray([.. packages.Where(one => (string?)one.Value!["type"] == "Direct").Select(one => (JsonNode?)Url(one))]),
    })]),
};
File.WriteAllText(file, document.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
Console.WriteLine($"{file}: {packages.Count} packages");
return 0;

static string Url(KeyValuePair<string, JsonNode?> one) => $"pkg:nuget/{one.Key}@{one.Value!["resolved"]}";

static JsonArray License(string id) => [new JsonObject { ["license"] = new JsonObject { ["id"] = id } }];
