using System.Text;
using Crater.Agent.Faults.Http;

namespace Crater.Tests.Agent;

/// <summary>Packs heads as real clients do: with a table that it fills and refers to, sizes that change, and texts in full. Written apart from craterd's own writer, which does none of that.</summary>
internal sealed class Scribe(Random dice)
{
    private readonly List<HeaderField> _table = [];
    private int _sizeMax = 4096;

    public static HeaderField Field(Random dice) => dice.Next(4) switch
    {
        0 => HpackTable.Static[dice.Next(HpackTable.Static.Count)],
        1 => HpackTable.Static[dice.Next(HpackTable.Static.Count)] with { Value = Bytes(dice, 30) },
        2 => new HeaderField(Bytes(dice, 12, 1), Bytes(dice, 2000), IsSecret: dice.Next(5) == 0),
        _ => new HeaderField(Encoding.ASCII.GetBytes($"x-{dice.Next(8)}"), Encoding.ASCII.GetBytes($"{dice.Next(8)}")),
    };

    public static string Text(HeaderField field) => $"{Encoding.Latin1.GetString(field.Name)}={Encoding.Latin1.GetString(field.Value)} {field.IsSecret}";

    public byte[] Pack(IEnumerable<HeaderField> fields)
    {
        List<byte> block = [];
        if (dice.Next(5) == 0)
        {
            // As after a change of the reader's settings: first the smallest, then the last.
            Resize(block, dice.Next(200));
            Resize(block, dice.Next(4097));
        }

        foreach (var field in fields)
        {
            Pack(block, field);
        }

        return [.. block];
    }

    private void Pack(List<byte> block, HeaderField field)
    {
        var all = HpackTable.Static.Concat(Enumerable.Reverse(_table)).ToList();
        var whole = all.FindIndex(known => known.IsNamed(field.Name) && known.Value.AsSpan().SequenceEqual(field.Value));
        var name = all.FindIndex(known => known.IsNamed(field.Name)) + 1;
        if (whole >= 0 && !field.IsSecret)
        {
            Number(block, whole + 1, 7, 0x80);
            return;
        }

        var isAdded = !field.IsSecret && dice.Next(3) > 0;
        Number(block, name, isAdded ? 6 : 4, isAdded ? 0x40 : field.IsSecret ? 0x10 : 0);
        if (name == 0)
        {
            Text(block, field.Name);
        }

        Text(block, field.Value);
        if (isAdded)
        {
            _table.Add(field);
            Shrink();
        }
    }

    private void Resize(List<byte> block, int size)
    {
        Number(block, size, 5, 0x20);
        _sizeMax = size;
        Shrink();
    }

    private void Shrink()
    {
        while (_table.Sum(field => field.Size) > _sizeMax)
        {
            _table.RemoveAt(0);
        }
    }

    private static void Text(List<byte> block, byte[] text)
    {
        Number(block, text.Length, 7, 0);
        block.AddRange(text);
    }

    private static void Number(List<byte> block, int number, int bits, int kind)
    {
        var mask = (1 << bits) - 1;
        block.Add((byte)(kind | Math.Min(number, mask)));
        for (var rest = number - mask; rest >= 0; rest = rest < 0x80 ? -1 : rest >> 7)
        {
            block.Add((byte)(rest < 0x80 ? rest : (rest & 0x7f) | 0x80));
        }
    }

    private static byte[] Bytes(Random dice, int max, int min = 0) => [.. Enumerable.Range(0, dice.Next(min, max)).Select(_ => (byte)dice.Next('a', 'z'))];
}
