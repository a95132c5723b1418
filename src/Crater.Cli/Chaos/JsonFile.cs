using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;

namespace Crater.Cli.Chaos;

/// <summary>Files that commands leave for people and scripts.</summary>
internal static class JsonFile
{
    /// <exception cref="CraterException">CRT1203: it cannot be written.</exception>
    public static void Write(string path, JsonNode json, int indent)
    {
        try
        {
            using var file = File.Create(path);
            using var writer = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true, IndentSize = indent, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
            json.WriteTo(writer);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CraterException("CRT1203", $"{path} cannot be written: {error.Message}", error);
        }
    }
}
