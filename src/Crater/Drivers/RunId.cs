using System.Text.RegularExpressions;

namespace Crater.Drivers;

/// <summary>Names one run: <c>chaos-</c> and eight hexadecimal digits.</summary>
public readonly partial record struct RunId
{
    public RunId(string value) => Value = Form().IsMatch(value)
        ? value
        : throw new ArgumentException($"'{value}' is not a run id; run ids look like chaos-1a2b3c4d.", nameof(value));

    public string Value { get; }

    public static bool TryParse(string text, out RunId run)
    {
        run = Form().IsMatch(text) ? new RunId(text) : default;
        return run.Value is not null;
    }

    public static RunId New(Random dice) => new($"chaos-{dice.Next():x8}");

    public override string ToString() => Value;

    [GeneratedRegex("^chaos-[0-9a-f]{8}$")]
    private static partial Regex Form();
}
