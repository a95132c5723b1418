namespace Crater.Agent.Faults.Http;

/// <summary>
/// Writes heads that need nothing to be remembered: fields by their number in the table that everybody has, else in full. The first head that is written begins with a
/// table size of 0 (RFC 7541, section 6.3). It empties the reader's table, and no limit that the reader may set later is below it, so nothing has to be said about it again.
/// </summary>
internal static class HpackWriter
{
    /// <summary>Tells the reader that its table has no room from now on.</summary>
    public const byte EmptyTable = 0x20;

    private static readonly Dictionary<int, List<int>> ByLength = HpackTable.Static.Select((field, number) => (field, number))
        .GroupBy(entry => entry.field.Name.Length).ToDictionary(group => group.Key, group => group.Select(entry => entry.number).ToList());

    public static void Write(HeaderField field, Outgoing to)
    {
        var (name, whole) = Find(field);
        if (whole > 0 && !field.IsSecret)
        {
            Number(whole, 7, 0x80, to);
            return;
        }

        Number(name, 4, field.IsSecret ? (byte)0x10 : (byte)0, to);
        if (name == 0)
        {
            Text(field.Name, to);
        }

        Text(field.Value, to);
    }

    /// <summary>The numbers of a field of that name, and of one with that value as well; 0 for none.</summary>
    private static (int Name, int Whole) Find(HeaderField field)
    {
        var name = 0;
        foreach (var number in ByLength.GetValueOrDefault(field.Name.Length) ?? [])
        {
            var known = HpackTable.Static[number];
            if (known.IsNamed(field.Name))
            {
                name = name > 0 ? name : number + 1;
                if (known.Value.AsSpan().SequenceEqual(field.Value))
                {
                    return (name, number + 1);
                }
            }
        }

        return (name, 0);
    }

    private static void Text(byte[] text, Outgoing to)
    {
        Number(text.Length, 7, 0, to);
        to.Write(text);
    }

    private static void Number(int number, int bits, byte kind, Outgoing to)
    {
        var mask = (1 << bits) - 1;
        if (number < mask)
        {
            to.Write((byte)(kind | number));
            return;
        }

        to.Write((byte)(kind | mask));
        for (number -= mask; number >= 0x80; number >>= 7)
        {
            to.Write((byte)(number | 0x80));
        }

        to.Write((byte)number);
    }
}
