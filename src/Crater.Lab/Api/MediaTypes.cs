using System.Text;
using System.Text.Json.Nodes;
using Crater.Documents;
using Microsoft.AspNetCore.Http;

namespace Crater.Lab.Api;

/// <summary>In which form bodies come and answers go: JSON and YAML, and of bodies protobuf too.</summary>
internal static class MediaTypes
{
    public const string Json = "application/json";
    public const string Yaml = "application/yaml";

    private const string Protobuf = "application/vnd.kubernetes.protobuf";

    /// <summary>What an Accept header may name.</summary>
    public static readonly string[] Known = [Json, Yaml, Protobuf, "*/*", "application/*"];

    /// <summary>Whether a body is YAML; a patch says so in its own type.</summary>
    /// <exception cref="ApiException">UnsupportedMediaType: it is of another form than the server reads. What patches there are, is said where they are applied.</exception>
    public static bool IsYaml(HttpRequest request, ResourceKind kind)
    {
        var type = Bare(request.ContentType);
        if (HttpMethods.IsPatch(request.Method))
        {
            return type.EndsWith("+yaml", StringComparison.Ordinal);
        }

        return type switch
        {
            Yaml => true,
            "" or Json => false,
            Protobuf when kind.Definition is null => false,
            _ => throw new ApiException(415, "UnsupportedMediaType", "the body of the request was in an unknown format - accepted media types include: "
                + (kind.Definition is null ? $"{Json}, {Yaml}, {Protobuf}" : $"{Json}, {Yaml}")),
        };
    }

    /// <summary>Reads a body that says of itself that it is YAML, which JSON is too.</summary>
    /// <exception cref="ApiException">BadRequest: it is none.</exception>
    public static JsonNode? ReadYaml(ReadOnlySpan<byte> bytes)
    {
        var document = DocumentReader.Read(Encoding.UTF8.GetString(bytes), DocumentFormat.Yaml);
        return document.HasErrors ? throw ApiException.BadRequest($"error converting YAML to JSON: yaml: {document.Problems[0].Message}") : document.Root?.ToJson();
    }

    public static bool BeginsAsJson(ReadOnlySpan<byte> bytes) => bytes.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..];

    /// <exception cref="ApiException">NotAcceptable: the client takes no form that there is.</exception>
    public static void CheckAccepted(HttpRequest request, bool isList)
    {
        var accepted = Accepted(request).ToList();
        if (accepted.Count > 0 && !accepted.Exists(Known.Contains))
        {
            var streams = isList ? $", {Json};stream=watch, {Protobuf};stream=watch" : "";
            throw new ApiException(406, "NotAcceptable", $"406: Not Acceptable\n\nAvailable representations: {Json}, {Yaml}, {Protobuf}{streams}") { Details = [] };
        }
    }

    /// <summary>There is the media type, but not the form that it is asked for in.</summary>
    public static ApiException NotAcceptable() => new(406, "NotAcceptable", $"only the following media types are accepted: {Json}, {Yaml}, {Protobuf}");

    /// <summary>Whether the client takes YAML rather than JSON: the first of the two that it names counts.</summary>
    public static bool IsYamlWanted(HttpRequest request) => Accepted(request).FirstOrDefault(type => type is Json or Yaml or "*/*" or "application/*") == Yaml;

    private static IEnumerable<string> Accepted(HttpRequest request) => request.Headers.Accept.ToString().Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Bare);

    private static string Bare(string? type) => (type ?? "").Split(';')[0].Trim().ToLowerInvariant();
}
