using System.Text;
using System.Text.Json.Nodes;

namespace Crater.Lab.Controllers;

/// <summary>A short name for a pod template, stable as long as the template is, in the letters that Kubernetes uses for it.</summary>
internal static class TemplateHash
{
    private const string Letters = "bcdfghjklmnpqrstvwxz2456789";

    /// <param name="collisions">How often the name was taken by another template; changes the name.</param>
    public static string Of(JsonNode? template, int collisions)
    {
        var hash = Fnv((template?.ToJsonString() ?? "") + (collisions > 0 ? $"#{collisions}" : ""));
        return string.Concat(hash.ToString().Select(digit => Letters[digit % Letters.Length]));
    }

    /// <summary>FNV-1a, 32 bits.</summary>
    public static uint Fnv(string text)
    {
        var hash = 2166136261u;
        foreach (var octet in Encoding.UTF8.GetBytes(text))
        {
            hash = (hash ^ octet) * 16777619u;
        }

        return hash;
    }
}
