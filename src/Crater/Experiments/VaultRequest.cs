using System.Text.Json.Nodes;

namespace Crater.Experiments;

/// <summary>One secret of <c>type: vault</c>.</summary>
/// <param name="Path">Within the mount point; empty when the document gives none.</param>
/// <param name="Key">Empty asks for everything under the path, as one map.</param>
/// <param name="Configuration">The resolved configuration; the keys that begin with <c>vault_</c> say where Vault is and how to log in.</param>
public sealed record VaultRequest(string Path, string Key, IReadOnlyDictionary<string, JsonNode?> Configuration);

/// <summary>What Vault said.</summary>
/// <param name="Value">The secret; an empty map when there is none. Must not be written anywhere.</param>
/// <param name="Code">Empty when all is well.</param>
/// <param name="Message">What is wrong and what to do, without any secret in it.</param>
public sealed record VaultAnswer(JsonNode? Value, string Code = "", string Message = "")
{
    /// <summary>The problem is no error: the secret is an empty map, and the experiment goes on.</summary>
    public bool IsWarning { get; init; }
}
