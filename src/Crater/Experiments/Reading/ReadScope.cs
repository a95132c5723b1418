using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Documents;

namespace Crater.Experiments.Reading;

/// <summary>What the readers of one document share: its problems, its variables and the options.</summary>
internal sealed class ReadScope(ReadOptions options, List<Problem> problems)
{
    /// <summary>What only <see cref="ReadOptions.IsUnchecked"/> reads over.</summary>
    private static readonly HashSet<string> FoundOutLater =
        ["CRT2003", "CRT2005", "CRT2009", "CRT2031", "CRT2037", "CRT2040", "CRT2051", "CRT2087", "CRT2088", "CRT2202", "CRT2203", "CRT2204"];

    private const int HintsMax = 50;

    private int _hints;

    // Paths of values that depend on a key without a value.
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);

    public ReadOptions Options { get; } = options;

    public List<Problem> Problems { get; } = problems;

    public IReadOnlyDictionary<string, JsonNode?> Configuration { get; set; } = new Dictionary<string, JsonNode?>();

    /// <summary>Configuration and secrets as they are known now.</summary>
    public Substitution Values => new(Configuration, Secrets);

    /// <summary>Configuration keys without a value: a probe is to give it, or their problem is listed already.</summary>
    public HashSet<string> Unresolved { get; } = new(StringComparer.Ordinal);

    /// <summary>Names that are there when the method begins, and not before.</summary>
    public ControlNames MadeByControls { get; set; } = ControlNames.None;

    /// <summary>Configuration keys further down, while a dynamic entry is read.</summary>
    public HashSet<string> Below { get; set; } = [];

    public List<OutputUse> OutputUses { get; } = [];

    public MistypedOverrides Mistyped { get; } = new();

    public DynamicReader Dynamic => field ??= new DynamicReader(this);

    public Secrets Secrets { get; set; } = Secrets.None;

    /// <summary>Lists an error, unless it is about a value that is not known yet: then it is judged when the document is read again.</summary>
    public void Error(string code, string path, DocumentNode? at, string message)
    {
        if (!_open.Contains(path) && !IsBelowOpen(path))
        {
            Problems.Add(new Problem(path, code, message, at?.Line ?? 0, at?.Column ?? 0) { IsWarning = Options.IsUnchecked && FoundOutLater.Contains(code) });
        }
    }

    public void Warn(string code, string path, DocumentNode? at, string message) =>
        Problems.Add(new Problem(path, code, message, at?.Line ?? 0, at?.Column ?? 0) { IsWarning = true });

    /// <summary>A guess at what was meant, as <see cref="Spelling.DidYouMean"/>; a document with very many mistakes gets none for the later ones, since each costs a look at all names.</summary>
    public string Hint(string word, IEnumerable<string> known) => _hints++ < HintsMax ? Spelling.DidYouMean(word, known) : "";

    /// <summary>
    /// A copy with configuration put in, for the fields that Crater needs before the run. A secret there is an error where the value goes into plans: they are
    /// written down.
    /// </summary>
    public DocumentNode Resolve(DocumentNode node, string path, bool mayBeSecret = false)
    {
        CheckNames(node, path, mayBeSecret, isPlayed: false);
        return Replaced(node, new Substitution(Configuration, mayBeSecret ? Secrets : Secrets.None));
    }

    /// <summary>Warns about every <c>${name}</c> of a text or tree that nobody declares; it would stay as it is.</summary>
    /// <param name="isPlayed">The value is put in when the activity is played, so that what earlier ones gave is known.</param>
    public void CheckNames(DocumentNode node, string path, bool mayBeSecret = true, bool isPlayed = true)
    {
        switch (node)
        {
            case MapNode map:
                foreach (var entry in map.Entries)
                {
                    CheckNames(entry.Value, $"{path}.{entry.Key}", mayBeSecret, isPlayed);
                }

                break;
            case ListNode list:
                for (var i = 0; i < list.Items.Count; i++)
                {
                    CheckNames(list.Items[i], $"{path}[{i}]", mayBeSecret, isPlayed);
                }

                break;
            case ScalarNode { IsText: true } scalar when scalar.Text.Contains('$'):
                CheckText(scalar, path, mayBeSecret);
                CheckOutputs(scalar, path, isPlayed);
                break;
        }
    }

    private void CheckText(ScalarNode scalar, string path, bool mayBeSecret)
    {
        foreach (var name in Substitution.Names(scalar.Text).Distinct(StringComparer.Ordinal))
        {
            if (Configuration.ContainsKey(name) || MadeByControls.Has(name))
            {
                continue;
            }

            if (Unresolved.Contains(name))
            {
                _open.Add(path);
                continue;
            }

            if (Below.Contains(name))
            {
                Warn("CRT2027", path, scalar, $"${{{name}}} is declared further down: a dynamic entry sees only what stands above it, and the text stays as it is.");
            }
            else if (!Secrets.TryFind(name, out _))
            {
                Warn("CRT2027", path, scalar,
                    $"${{{name}}} is declared neither in configuration nor in secrets; the text stays as it is.{Hint(name, Configuration.Keys)}");
            }
            else if (!mayBeSecret)
            {
                Error("CRT2028", path, scalar, $"${{{name}}} is a secret, and this value is written into plans and journals. Use configuration.");
            }
        }
    }

    private void CheckOutputs(ScalarNode scalar, string path, bool isPlayed)
    {
        foreach (var reference in Substitution.OutputsIn(scalar.Text))
        {
            if (isPlayed)
            {
                OutputUses.Add(new OutputUse(reference, path, scalar));
            }
            else
            {
                Error("CRT2205", path, scalar, $"${{outputs.{reference}}} is known only while the run goes on, and this value is needed before it. Use configuration.");
            }
        }
    }

    private bool IsBelowOpen(string path)
    {
        for (var end = path.Length - 1; _open.Count > 0 && end > 0; end--)
        {
            if (path[end] is '.' or '[' && _open.Contains(path[..end]))
            {
                return true;
            }
        }

        return false;
    }

    private static DocumentNode Replaced(DocumentNode node, Substitution substitution) => node switch
    {
        MapNode map => new MapNode([.. map.Entries.Select(entry => entry with { Value = Replaced(entry.Value, substitution) })], map.Line, map.Column),
        ListNode list => new ListNode([.. list.Items.Select(item => Replaced(item, substitution))], list.Line, list.Column),
        ScalarNode { IsText: true } scalar when scalar.Text.Contains('$') =>
            DocumentNode.FromJson(substitution.Value(scalar.Text), scalar.Line, scalar.Column),
        _ => node,
    };
}
