using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Crater.Reports.Causes;

/// <summary>
/// What a sentence must be before anyone reads it, whoever wrote it: it cites what is there, its figures are slots, and it does not blame the experiment. What is not so is struck out, the claim
/// with its citation.
/// </summary>
public static partial class NarrativeCheck
{
    /// <value>Unit: characters, before the slots are filled.</value>
    public const int TextMax = 600;

    /// <value>Statements of one narrative; more is no summary.</value>
    public const int StatementsMax = 40;

    /// <returns>Why the statement is struck out; null when it may stand.</returns>
    public static string? Problem(Statement statement, Narrative narrative, FactBook book)
    {
        if (statement.Text.Trim().Length is 0 or > TextMax)
        {
            return $"it is empty or longer than {TextMax} characters";
        }

        if (statement.Cites.FirstOrDefault(id => book.Find(id) is null) is { } missing)
        {
            return $"it cites '{Shown(missing)}', which is not there";
        }

        if (statement.Cites.Count == 0 && statement.Part != Part.Settle)
        {
            return "it cites nothing";
        }

        if (Slot().Matches(statement.Text).Select(slot => slot.Groups[1].Value).FirstOrDefault(id => book.Find(id) is not { Value.Length: > 0 }) is { } slot)
        {
            return $"it has a slot '{Shown(slot)}' for which there is no value";
        }

        var words = Slot().Replace(statement.Text, " ");
        return words.AsSpan().IndexOfAny('{', '}') >= 0 ? "it has a brace that belongs to no slot"
            : HasNumber(words) ? "it has a number that is in no slot"
            : statement.Part == Part.Cause ? OfCause(statement, words, narrative)
            : null;
    }

    /// <summary>What is wrong with the narrative as a whole; null when nothing is.</summary>
    /// <param name="byRules">What code says about the run: where nothing was lost or nothing measured, no writer finds a cause.</param>
    public static string? Problem(Narrative narrative, Narrative byRules, FactBook book)
    {
        if (byRules.Conclusion is not (Conclusion.Weakness or Conclusion.Unexplained) && narrative.Conclusion != byRules.Conclusion)
        {
            return $"it concludes {narrative.Conclusion}, and the evidence allows {byRules.Conclusion} alone";
        }

        if (narrative.Conclusion != Conclusion.Weakness)
        {
            return narrative.Weakness.Length > 0 ? "it names a weakness and does not conclude one"
                : narrative.Conclusion == byRules.Conclusion || narrative.Conclusion is Conclusion.NotEnoughEvidence or Conclusion.Unexplained ? null
                : $"it concludes {narrative.Conclusion}, and something was lost";
        }

        return book.Find(narrative.Weakness) is not { Kind: FactKind.Weakness } ? $"its cause '{Shown(narrative.Weakness)}' is no weakness of the list"
            : !narrative.Statements.Any(statement => statement.Part == Part.Cause && Problem(statement, narrative, book) is null) ? "no sentence about the cause may stand"
            : null;
    }

    /// <summary>The text with every slot filled.</summary>
    public static string Fill(string text, FactBook book) => Slot().Replace(text, slot => book.Find(slot.Groups[1].Value)?.Value ?? slot.Value);

    /// <summary>The facts whose values the text takes.</summary>
    public static IEnumerable<Fact> Slots(string text, FactBook book) => Slot().Matches(text).Select(slot => book.Find(slot.Groups[1].Value)).OfType<Fact>();

    private static string? OfCause(Statement statement, string words, Narrative narrative) =>
        !statement.Cites.Contains(narrative.Weakness) ? "it is about the cause and does not cite the weakness"
        : Blame().IsMatch(words) || Slot().Matches(statement.Text).Any(slot => slot.Groups[1].Value.StartsWith("fault", StringComparison.Ordinal)) ? "it gives the experiment itself as the cause"
        : null;

    // Any digit of any script, and the words for amounts; p95 and its like are names.
    private static bool HasNumber(string text) => NumberWord().IsMatch(text) || Percentile().Replace(text, "").EnumerateRunes().Any(rune =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber);

    private static string Shown(string id) => new([.. id.Where(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-').Take(40)]);

    [GeneratedRegex(@"\{([a-z][A-Za-z0-9.-]{0,80})\}")]
    private static partial Regex Slot();

    [GeneratedRegex(@"\bp(?:50|95|99)\b")]
    private static partial Regex Percentile();

    [GeneratedRegex(@"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|half|halved|thirds?|quarters?|dozens?|twice|thrice|doubled?|tripled?|tenfold|percent(?:age)?|per cent)\b", RegexOptions.IgnoreCase)]
    private static partial Regex NumberWord();

    // What Crater did is never the cause; a sentence about the cause has no need to speak of it.
    [GeneratedRegex(@"\b(?:experiment|inject\w*|chaos|crater\w*|the fault|fault was|(?:was|were|being|been) (?:deliberately |intentionally )?(?:killed|deleted|terminated|stopped|evicted|drained|partitioned)|deliberate\w*|intentional\w*|on purpose|sabotag\w*)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Blame();
}
