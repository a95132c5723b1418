using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Crater.Diagnostics;
using Crater.Models.Safety;
using HandlebarsDotNet;

namespace Crater.Models.Prompts;

/// <summary>
/// The prompts, as Handlebars templates. The built-in ones are in <c>prompts/</c>; a file of the same name in the user's folder takes the place of one. Templates get texts, numbers and
/// lists of texts and nothing that could be called.
/// </summary>
/// <param name="folder">Where the user's own are; empty for none.</param>
public sealed partial class PromptBook(string folder = "")
{
    private const int FileBytesMax = 64 * 1024;

    /// <summary>Built in, by name.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. typeof(PromptBook).Assembly.GetManifestResourceNames().Where(name => name.StartsWith("prompts/", StringComparison.Ordinal))
            .Select(name => Path.GetFileNameWithoutExtension(name)).Order(StringComparer.Ordinal),
    ];

    /// <summary>The text of a prompt.</summary>
    /// <param name="data">Text, numbers, flags and lists of texts.</param>
    /// <exception cref="CraterException">CRT7316: the user's file cannot be read, or is no template, or wants something that is not there.</exception>
    public string Render(string name, IReadOnlyDictionary<string, object> data)
    {
        var (source, path) = Source(name);
        // A name that is not there would be an empty text, and a prompt without its lists would still be answered.
        var unknown = Tag().Matches(Comment().Replace(source, "")).Where(tag => tag.Groups["mark"].Value is not "/" && !IsKnown(tag, data)).Select(tag => tag.Value.Trim('{', ' ')).Distinct().ToArray();
        if (unknown.Length > 0)
        {
            throw Unusable(path, $"It wants {string.Join(", ", unknown.Select(one => $"'{PlainText.Line(one, 40)}'"))}, which is not there.", data, null);
        }

        try
        {
            // Nothing here is HTML: what goes into a prompt was allowed in by code, and escaping would only garble it.
            var handlebars = Handlebars.Create(new HandlebarsConfiguration { NoEscape = true, ThrowOnUnresolvedBindingExpression = true });
            return handlebars.Compile(source)(new Dictionary<string, object>(data)).ReplaceLineEndings("\n").TrimEnd() + "\n";
        }
        catch (HandlebarsException error)
        {
            throw Unusable(path, PlainText.Line(error.Message, 300), data, error);
        }
    }

    /// <summary>The first twelve hexadecimal digits of the template's SHA-256, so that a transcript says which words were used.</summary>
    public string HashOf(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Source(name).Text)))[..12];

    private static CraterException Unusable(string path, string why, IReadOnlyDictionary<string, object> data, Exception? inner) =>
        new("CRT7316", $"The prompt {path} cannot be used: {why} There are: {string.Join(", ", data.Keys.Order(StringComparer.Ordinal))}.", inner);

    private static bool IsKnown(Match tag, IReadOnlyDictionary<string, object> data) =>
        tag.Groups["mark"].Value is not ">" && tag.Groups["name"].Value is var name && (name is "this" or "else" or "@last" or "@first" or "@index" || data.ContainsKey(name));

    private (string Text, string Path) Source(string name)
    {
        var own = folder.Length > 0 ? Path.Combine(folder, $"{name}.hbs") : "";
        if (own.Length > 0 && File.Exists(own))
        {
            return new FileInfo(own).Length <= FileBytesMax ? (File.ReadAllText(own), own)
                : throw new CraterException("CRT7316", $"The prompt {own} is larger than {FileBytesMax / 1024} KiB. Is it a prompt?");
        }

        using var stream = typeof(PromptBook).Assembly.GetManifestResourceStream($"prompts/{name}.hbs") ?? throw new ArgumentException($"There is no prompt {name}.", nameof(name));
        using var reader = new StreamReader(stream);
        return (reader.ReadToEnd(), $"{name}.hbs");
    }

    [GeneratedRegex(@"\{\{!--.*?--\}\}|\{\{![^}]*\}\}", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\{\{\{?~?\s*(?<mark>[#/^>&]?)\s*(?:(?:each|if|unless)\s+)?(?<name>@?[\w.-]*)")]
    private static partial Regex Tag();
}
