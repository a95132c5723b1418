namespace Crater.Agent.State;

/// <summary>
/// A moment as craterd writes it down: <c>2026-01-31T23:59:59.123Z</c>. Digit by digit, since a format of the framework's is compiled at every start, which costs a keeper
/// more than everything else that it writes.
/// </summary>
internal static class Timestamp
{
    public static string Of(DateTimeOffset moment)
    {
        var at = moment.UtcDateTime;
        Span<char> text = ['0', '0', '0', '0', '-', '0', '0', '-', '0', '0', 'T', '0', '0', ':', '0', '0', ':', '0', '0', '.', '0', '0', '0', 'Z'];
        Put(text[..4], at.Year);
        Put(text[5..7], at.Month);
        Put(text[8..10], at.Day);
        Put(text[11..13], at.Hour);
        Put(text[14..16], at.Minute);
        Put(text[17..19], at.Second);
        Put(text[20..23], at.Millisecond);
        return new string(text);
    }

    private static void Put(Span<char> digits, int number)
    {
        for (var i = digits.Length - 1; i >= 0; i--, number /= 10)
        {
            digits[i] = (char)('0' + (number % 10));
        }
    }
}
