using System.Reflection;
using Crater.Diagnostics;
using Crater.Documents;

namespace Crater.Risks;

/// <summary>The risks that Crater knows, read from YAML files: one file per component kind.</summary>
public sealed class RiskCatalogue
{
    private readonly Dictionary<string, Risk> _byId;

    private RiskCatalogue(IEnumerable<Risk> risks)
    {
        Risks = [.. risks.OrderBy(risk => risk.Id, StringComparer.Ordinal)];
        _byId = Risks.ToDictionary(risk => risk.Id, StringComparer.Ordinal);
    }

    /// <summary>The catalogue that ships with Crater.</summary>
    /// <exception cref="CraterException">Never in a release: a test reads it.</exception>
    public static RiskCatalogue BuiltIn => BuiltInOnce.Value;

    private static readonly Lazy<RiskCatalogue> BuiltInOnce = new(() => Load(EmbeddedFiles()));

    /// <summary>By id.</summary>
    public IReadOnlyList<Risk> Risks { get; }

    public Risk? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>Reads files and refuses the lot when one has an error.</summary>
    /// <exception cref="CraterException">CRT92xx, with every problem of every file.</exception>
    public static RiskCatalogue Load(IEnumerable<RiskFile> files)
    {
        var catalogue = Read(files, out var problems);
        var errors = problems.Where(problem => !problem.IsWarning).ToArray();
        return errors.Length == 0 ? catalogue : throw CraterException.For("The risk catalogue", errors);
    }

    /// <summary>Reads what can be read; every problem names its file, line and code.</summary>
    public static RiskCatalogue Read(IEnumerable<RiskFile> files, out IReadOnlyList<Problem> problems)
    {
        List<Problem> all = [];
        Dictionary<string, (Risk Risk, string File)> risks = new(StringComparer.Ordinal);
        foreach (var file in files.OrderBy(file => file.Name, StringComparer.Ordinal))
        {
            foreach (var (risk, line, column) in new RiskReader(file, all).Read())
            {
                if (!risks.TryAdd(risk.Id, (risk, file.Name)))
                {
                    all.Add(new Problem($"{file.Name}: {risk.Id}", "CRT9205",
                        $"Risk {risk.Id} stands in {risks[risk.Id].File} already. Give it an id of its own.", line, column));
                }
            }
        }

        problems = all;
        return new RiskCatalogue(risks.Values.Select(read => read.Risk));
    }

    private static IEnumerable<RiskFile> EmbeddedFiles()
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith("risks/", StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return new RiskFile(name, reader.ReadToEnd());
        }
    }
}

/// <summary>One file of the catalogue.</summary>
/// <param name="Name">Path as it is shown in problems, e.g. <c>risks/web.yaml</c>.</param>
public sealed record RiskFile(string Name, string Text);
