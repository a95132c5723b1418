using Crater.Diagnostics;
using Crater.Drivers;

namespace Crater.Kubernetes.Drivers;

/// <summary>What a fault adds and deletes, as its arguments list it: <c>a=1, b=2</c>.</summary>
internal static class ListedValues
{
    public static IReadOnlyList<string> Of(Injection injection, string parameter) =>
        injection.Fault.Text(parameter).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Key and value of each; the value is empty where there is no <c>=</c>.</summary>
    public static IEnumerable<(string Key, string Value)> Pairs(Injection injection, string parameter) =>
        Of(injection, parameter).Select(pair => pair.Split('=', 2)).Select(parts => (parts[0].Trim(), parts.Length > 1 ? parts[1].Trim() : ""));

    /// <exception cref="CraterException">CRT8083: nothing is given, or what is ours is meant.</exception>
    public static void Check(Injection injection, bool needsOne)
    {
        var all = Of(injection, "add").Concat(Of(injection, "delete")).ToList();
        if (needsOne && all.Count == 0)
        {
            throw new CraterException("CRT8083", $"{injection.Fault.Name} is to add and to delete nothing. Give it add, delete or both.");
        }

        if (all.FirstOrDefault(value => Mark.Keys.Contains(value.Split('=')[0])) is { } own)
        {
            throw new CraterException("CRT8083", $"{injection.Fault.Name} cannot change '{own.Split('=')[0]}': by that the change itself is found again. Choose another.");
        }
    }
}
