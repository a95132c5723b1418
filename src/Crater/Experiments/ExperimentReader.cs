using Crater.Diagnostics;
using Crater.Documents;
using Crater.Experiments.Reading;

namespace Crater.Experiments;

/// <summary>Reads an experiment document and finds every problem, each with path, line and column. docs/experiment-format.md describes the format.</summary>
public static class ExperimentReader
{
    public static ExperimentReading Read(string text, DocumentFormat format, ReadOptions? options = null) =>
        Read(DocumentReader.Read(text, format), options ?? ReadOptions.FromProcess());

    /// <summary>Reads a file; <c>.json</c> is JSON, anything else YAML. Files of secrets are looked up beside it.</summary>
    public static ExperimentReading ReadFile(string path, ReadOptions? options = null)
    {
        options ??= ReadOptions.FromProcess();
        var folder = options.Folder.Length > 0 ? options.Folder : Path.GetDirectoryName(Path.GetFullPath(path)) ?? "";
        return Read(DocumentReader.ReadFile(path), options with { Folder = folder });
    }

    public static ExperimentReading Read(Document document, ReadOptions options)
    {
        List<Problem> problems = [.. document.Problems];
        if (document.Root is not MapNode { Entries.Count: > 0 } root)
        {
            if (document.Root is { } other)
            {
                problems.Add(new Problem("", "CRT2001", $"An experiment is a map with title and method; found {other.Saying}.", other.Line, other.Column));
            }

            return new ExperimentReading(null, problems);
        }

        var scope = new ReadScope(options, problems);
        var fields = new Fields(root, "", scope);
        scope.Configuration = ConfigurationReader.Read(fields.MapOf("configuration"), scope);
        scope.MadeByControls = ControlNames.Of(root);
        scope.Secrets = SecretsReader.Read(fields.MapOf("secrets"), scope);
        var source = document.Format == DocumentFormat.Json ? "json" : "yaml";
        var title = scope.Secrets.Mask(Title(fields));
        var experiment = (AdvisorForm.Is(root)
            ? new AdvisorForm(scope).Read(fields, document.Text, source)
            : new FullForm(scope).Read(fields, document.Text, source)) with
        {
            Title = title,
            Configuration = scope.Configuration,
            Secrets = scope.Secrets,
        };
        return new ExperimentReading(problems.All(problem => problem.IsWarning) ? experiment : null, InOrder(problems));
    }

    private static string Title(Fields fields)
    {
        if (fields.TakeFilled("title") is ScalarNode { Text: var title } && !string.IsNullOrWhiteSpace(title))
        {
            return title;
        }

        fields.Scope.Error("CRT2002", "title", fields.Map["title"] ?? fields.Map, "title is missing, empty or no text; say in one sentence what is tried.");
        return "";
    }

    private static List<Problem> InOrder(List<Problem> problems) =>
        [.. problems.OrderBy(problem => problem.Line).ThenBy(problem => problem.Column)];
}
